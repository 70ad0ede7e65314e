"""The lake: zones and keys, tables, SQL for every engine, quality checks."""
