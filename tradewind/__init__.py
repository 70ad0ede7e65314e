"""Tradewind: the commerce data and AI backend that a shop owns."""

__version__ = "0.1.0"
