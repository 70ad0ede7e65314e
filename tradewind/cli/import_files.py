"""`tradewind import`: its commands, each of a module of its own."""

from tradewind.cli.import_products import products
from tradewind.cli.import_sales import import_group

__all__ = ["import_group", "products"]
