"""What is known of a shopper right now, for those who personalize."""
