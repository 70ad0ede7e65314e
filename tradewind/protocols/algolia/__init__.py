"""Algolia's search protocol as its clients speak it: paths, parameters, answers, keys (docs/algolia.md).

Shapes only; what is done with them stands in `tradewind.search.serving`.
"""
