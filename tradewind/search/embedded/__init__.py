"""The embedded engine: an index as immutable NumPy files, opened in process."""
