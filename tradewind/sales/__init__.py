"""Sales files: reading, cleaning, and the loads they arrive in."""
