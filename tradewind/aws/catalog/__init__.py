"""The catalogue's table by the kinds of its items: names of indexes, definitions, records, tasks (docs/search.md)."""
