"""Files of products into typed products: reading, mapping of columns, values."""
