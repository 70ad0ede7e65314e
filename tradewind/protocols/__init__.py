"""Wire shapes of others, translated to our records and back."""
