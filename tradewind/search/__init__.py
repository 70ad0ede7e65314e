"""Finds products: understands a query, retrieves by words and by meaning, ranks, counts, shows."""
