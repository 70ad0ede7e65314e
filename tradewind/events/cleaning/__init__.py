"""Raw events into clean events and interactions: local Parquet files in, local Parquet files and counts out."""
