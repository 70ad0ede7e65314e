"""The only part of the package that imports AWS SDKs: clients, stores, wiring."""
