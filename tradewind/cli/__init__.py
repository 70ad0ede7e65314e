"""The `tradewind` command: parse, one domain call, print."""
