"""The products that Algolia's clients search in tests."""

from typing import Any

PRODUCTS: list[dict[str, Any]] = [
    {
        "objectID": str(number),
        "name": name,
        "brand": brand,
        "price": price,
        "description": f"{name} made by hand in a small workshop by the sea",
        "categories": {"lvl0": top, "lvl1": f"{top} > {below}"},
    }
    for number, (name, brand, price, top, below) in enumerate(
        [
            ("Copper lantern", "Acme", 12.5, "Garden", "Lanterns"),
            ("Glass lantern", "Umbrella", 20, "Garden", "Lanterns"),
            ("Paper lantern", "Acme", 4, "Garden", "Lanterns"),
            ("Watering can", "Acme", 15, "Garden", "Tools"),
            ("Wool blanket", "Umbrella", 40, "Home", "Textiles"),
            ("Linen cushion", "Hooli", 18, "Home", "Textiles"),
        ],
        start=1,
    )
]
SETTINGS = {
    "searchableAttributes": ["name", "brand", "description"],
    "attributesForFaceting": ["searchable(brand)", "categories.lvl0", "categories.lvl1", "price"],
    "replicas": ["products_price_asc"],
}
