"""The demo shop: generated products, shoppers and sales, marked as demo."""
