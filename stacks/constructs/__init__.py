"""Constructs that own their resources and the permissions to use them."""
