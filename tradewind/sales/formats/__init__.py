"""The formats of sales files: which one a file is, and its cells as text."""
