"""The engine on an OpenSearch cluster: requests as data."""
