"""The catalogue: the bucket of the published indexes, the function that fills it, the history of products."""
