"""The demo shop: generated products, shoppers and sales, marked as demo."""

from tradewind.demo.shop import DemoShop, generate

__all__ = ["DemoShop", "generate"]
