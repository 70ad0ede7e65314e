"""SQL in Trino dialect: cleaning (`sql/sales`), views (`sql/views`), checks (`sql/checks`), queries (`sql/queries`)."""
