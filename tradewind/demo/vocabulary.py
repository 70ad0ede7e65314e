"""The words and habits that the demo shop is made of: a British shop for homeware and gifts.

Brands and places of the catalogue are invented or generic. Prices are pence. Weights are whole numbers, so that the
same seed gives the same shop on every machine.
"""

from dataclasses import dataclass

# Demand of the shop by month, January first; the yearly mean is about 100.
DEMAND = (72, 68, 84, 90, 96, 86, 80, 78, 98, 120, 165, 160)

# Relative number of orders by weekday, Monday first, and by hour of the day: a shop that is busy at lunch and at night.
WEEKDAYS = (110, 104, 100, 102, 88, 76, 120)
HOURS = (2, 1, 0, 0, 0, 1, 4, 10, 18, 26, 32, 34, 40, 36, 30, 28, 26, 28, 32, 40, 48, 46, 28, 10)

COUNTRIES = (
    ("United Kingdom", 860),
    ("Ireland", 36),
    ("Germany", 28),
    ("France", 26),
    ("Netherlands", 16),
    ("Belgium", 10),
    ("Spain", 9),
    ("Sweden", 8),
    ("Denmark", 7),
)
HOME_COUNTRY = COUNTRIES[0][0]

LEVEL_SEASON = (100,) * 12
_WINTER = (120, 110, 90, 70, 55, 45, 45, 55, 95, 130, 160, 165)
_GARDEN = (30, 55, 140, 210, 225, 190, 150, 100, 65, 35, 15, 12)
_PICNIC = (15, 20, 60, 120, 190, 220, 215, 170, 70, 20, 10, 10)
_CHRISTMAS = (12, 2, 1, 1, 1, 1, 2, 8, 60, 220, 480, 420)
_GIFTS = (65, 95, 100, 85, 95, 75, 65, 70, 85, 115, 175, 190)
_SCHOOL = (120, 80, 80, 85, 80, 75, 90, 165, 155, 90, 100, 95)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product: its noun, its price span in pence and whether it is used up and bought again.

    `styles` and `colours` are those of its category where it has none of its own.
    """

    noun: str
    low: int
    high: int
    used_up: bool = False
    styles: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A department of the shop. `season` weighs its demand by month, January first."""

    name: str
    season: tuple[int, ...]
    brands: tuple[str, ...]
    styles: tuple[str, ...]
    colours: tuple[str, ...]
    kinds: tuple[Kind, ...]
    goes_with: tuple[str, ...]  # categories that are bought along
    gift: bool = False


_EARTH = ("Sage Green", "Oatmeal", "Slate Blue", "Terracotta", "Ivory")
_BRIGHT = ("Sunshine Yellow", "Poppy Red", "Sky Blue", "Mint", "Coral")
_METAL = ("Antique Brass", "Matt Black", "Copper", "Silver")
_FESTIVE = ("Berry Red", "Pine Green", "Snow White", "Gold")
_SCENTS = ("Lavender", "Sea Salt", "Fig", "Cedarwood", "Rose")
_LEATHER = ("Tan", "Navy", "Burgundy", "Charcoal")

CATEGORIES = (
    Category(
        name="Kitchen",
        season=LEVEL_SEASON,
        brands=("Old Mill Pantry", "Harbour & Hale", "Copper Kettle Works"),
        styles=("Enamel", "Stoneware", "Beech Wood"),
        colours=_EARTH,
        kinds=(
            Kind("Mixing Bowl", 1250, 2400),
            Kind("Utensil Jar", 995, 1650),
            Kind("Measuring Jug", 795, 1450, styles=("Enamel", "Stoneware")),
            Kind("Recipe Box", 1195, 1895, styles=("Beech Wood", "Enamel")),
            Kind("Chopping Board", 1450, 2950, styles=("Beech Wood", "Acacia"), colours=("Round", "Long", "Paddle")),
            Kind("Butter Dish", 1095, 1795),
            Kind("Cake Tin", 895, 1595, styles=("Enamel", "Vintage")),
            Kind("Tea Towel", 450, 795, styles=("Linen", "Waffle")),
            Kind("Oven Glove", 850, 1250, styles=("Quilted", "Linen")),
            Kind("Storage Canister", 950, 1795),
        ),
        goes_with=("Dining", "Storage"),
    ),
    Category(
        name="Dining",
        season=LEVEL_SEASON,
        brands=("Harbour & Hale", "Saltmarsh Pottery"),
        styles=("Stoneware", "Spotted", "Reactive Glaze"),
        colours=_EARTH,
        kinds=(
            Kind("Breakfast Mug", 695, 1250),
            Kind("Cereal Bowl", 750, 1295),
            Kind("Dinner Plate", 995, 1695),
            Kind("Side Plate", 695, 1195),
            Kind("Egg Cup", 350, 595),
            Kind("Teapot", 1950, 3495),
            Kind("Milk Jug", 795, 1395),
            Kind("Serving Platter", 1895, 3295),
            Kind("Paper Napkins Pack of 20", 295, 450, used_up=True, styles=("Spotted", "Striped")),
        ),
        goes_with=("Kitchen", "Candles"),
    ),
    Category(
        name="Candles",
        season=_WINTER,
        brands=("Fernlight", "Wick & Willow"),
        styles=("Soy Wax", "Beeswax"),
        colours=_SCENTS,
        kinds=(
            Kind("Scented Candle", 895, 1895, used_up=True),
            Kind("Tealights Box of 12", 395, 695, used_up=True),
            Kind(
                "Dinner Candles Pair",
                495,
                795,
                used_up=True,
                styles=("Beeswax", "Ribbed"),
                colours=("Ivory", "Sage Green", "Berry Red"),
            ),
            Kind("Reed Diffuser", 1295, 2295, used_up=True, styles=("Amber Glass", "Clear Glass")),
            Kind("Pillar Candle", 595, 1095, used_up=True),
            Kind("Wax Melts", 350, 595, used_up=True, styles=("Coconut Wax", "Botanical")),
        ),
        goes_with=("Lighting", "Bath"),
        gift=True,
    ),
    Category(
        name="Lighting",
        season=_WINTER,
        brands=("Fernlight", "Lantern Yard"),
        styles=("Vintage", "Ribbed Glass"),
        colours=_METAL,
        kinds=(
            Kind("Lantern", 1495, 3495),
            Kind("Table Lamp", 3495, 6995),
            Kind("T-Light Holder", 295, 695),
            Kind("String Lights", 995, 1895, styles=("Festoon", "Copper Wire"), colours=("Warm White", "Amber")),
            Kind("Candlestick", 895, 1795),
            Kind("Night Light", 1195, 1895),
        ),
        goes_with=("Candles", "Textiles"),
    ),
    Category(
        name="Garden",
        season=_GARDEN,
        brands=("Potting Shed Lane", "Green Thumb Supply"),
        styles=("Galvanised", "Terracotta", "Rustic"),
        colours=("Sage Green", "Slate Blue", "Weathered Grey"),
        kinds=(
            Kind("Plant Pot", 595, 1895),
            Kind("Watering Can", 1295, 2495),
            Kind("Bird Feeder", 895, 1695, styles=("Hanging", "Rustic")),
            Kind("Herb Planter", 1095, 2195),
            Kind("Trowel and Fork Set", 1295, 2295, styles=("Ash Handle", "Copper")),
            Kind(
                "Seed Packet",
                195,
                295,
                used_up=True,
                styles=("Cottage Garden", "Wildflower"),
                colours=("Poppies", "Cornflowers", "Sweet Peas", "Foxgloves"),
            ),
            Kind(
                "Bird Seed 2kg",
                595,
                795,
                used_up=True,
                styles=("Sunflower", "No Mess"),
                colours=("Robin", "Finch", "All Birds"),
            ),
            Kind("Kneeling Pad", 795, 1295, styles=("Floral", "Striped")),
            Kind("Garden Twine", 350, 550, used_up=True, styles=("Jute", "Cotton"), colours=("Natural", "Green")),
            Kind(
                "Plant Labels Pack of 10",
                295,
                495,
                used_up=True,
                styles=("Slate", "Copper"),
                colours=("Small", "Large"),
            ),
        ),
        goes_with=("Picnic", "Lighting"),
    ),
    Category(
        name="Picnic",
        season=_PICNIC,
        brands=("Meadow & Moor", "Green Thumb Supply"),
        styles=("Gingham", "Striped"),
        colours=_BRIGHT,
        kinds=(
            Kind("Picnic Blanket", 1995, 3995),
            Kind("Lunch Bag", 795, 1495),
            Kind("Cool Bag", 1295, 2495, styles=("Gingham", "Striped")),
            Kind("Paper Cups Pack of 12", 250, 395, used_up=True),
            Kind("Paper Plates Pack of 12", 250, 395, used_up=True),
            Kind("Flask", 1495, 2495, styles=("Striped", "Brushed Steel")),
            Kind("Bunting", 595, 1095),
        ),
        goes_with=("Garden", "Party"),
    ),
    Category(
        name="Party",
        season=LEVEL_SEASON,
        brands=("Confetti Corner",),
        styles=("Spotty", "Rainbow"),
        colours=_BRIGHT,
        kinds=(
            Kind("Cake Cases Pack of 72", 195, 295, used_up=True),
            Kind("Birthday Candles", 175, 295, used_up=True, styles=("Spiral", "Rainbow")),
            Kind("Party Bunting", 495, 895),
            Kind("Balloons Pack of 10", 225, 395, used_up=True),
            Kind("Party Bags Pack of 8", 250, 395, used_up=True),
            Kind("Cake Stand", 1495, 2995, styles=("Scalloped", "Spotty")),
        ),
        goes_with=("Picnic", "Stationery"),
    ),
    Category(
        name="Stationery",
        season=_SCHOOL,
        brands=("Quill & Quire", "Paper Finch"),
        styles=("Botanical", "Marbled"),
        colours=("Sage Green", "Navy", "Coral", "Ivory"),
        kinds=(
            Kind("Notebook", 595, 1295, used_up=True),
            Kind("Weekly Planner", 895, 1495, used_up=True),
            Kind("Gift Wrap Roll", 295, 495, used_up=True),
            Kind(
                "Greetings Card",
                225,
                350,
                used_up=True,
                styles=("Botanical", "Letterpress"),
                colours=("Birthday", "Thank You", "Congratulations", "New Home"),
            ),
            Kind("Pencil Case", 695, 1195),
            Kind("Pen Set", 795, 1495, styles=("Brass", "Marbled")),
            Kind("Desk Tidy", 1095, 1995, styles=("Bamboo", "Marbled")),
            Kind("Ribbon Reel", 195, 350, used_up=True),
        ),
        goes_with=("Toys", "Party"),
        gift=True,
    ),
    Category(
        name="Christmas",
        season=_CHRISTMAS,
        brands=("Winterbourne", "Holly & Hearth"),
        styles=("Nordic", "Vintage"),
        colours=_FESTIVE,
        kinds=(
            Kind("Bauble Set of 6", 895, 1695),
            Kind("Advent Calendar", 1495, 2995),
            Kind("Stocking", 1095, 1995),
            Kind("Wreath", 1995, 3995, styles=("Nordic", "Eucalyptus")),
            Kind("Tree Topper", 795, 1495),
            Kind("Paper Garland", 450, 795),
            Kind("Crackers Box of 6", 995, 1995, used_up=True),
            Kind("Christmas Cards Pack of 10", 395, 695, used_up=True),
        ),
        goes_with=("Candles", "Stationery"),
        gift=True,
    ),
    Category(
        name="Toys",
        season=_GIFTS,
        brands=("Acorn & Otter", "Tumbledown Toys"),
        styles=("Wooden", "Knitted"),
        colours=("Fox", "Rabbit", "Hedgehog", "Owl", "Badger"),
        kinds=(
            Kind("Jigsaw Puzzle", 895, 1695, styles=("Wooden", "Giant")),
            Kind("Soft Toy", 995, 1995, styles=("Knitted", "Corduroy")),
            Kind("Skittles Set", 1295, 2295, styles=("Wooden", "Painted")),
            Kind("Stacking Toy", 1195, 1895, styles=("Wooden", "Painted")),
            Kind("Money Box", 695, 1195, styles=("Ceramic", "Wooden")),
            Kind("Growth Chart", 1195, 1795, styles=("Wooden", "Canvas")),
        ),
        goes_with=("Party", "Stationery"),
        gift=True,
    ),
    Category(
        name="Bags",
        season=_GIFTS,
        brands=("Satchel & Strand", "Meadow & Moor"),
        styles=("Waxed Canvas", "Quilted"),
        colours=_LEATHER,
        kinds=(
            Kind("Tote Bag", 1295, 2995),
            Kind("Wash Bag", 1195, 1995),
            Kind("Shopper Bag", 350, 695),
            Kind("Purse", 995, 1995, styles=("Leather", "Quilted")),
            Kind("Rucksack", 2995, 5495),
            Kind("Luggage Tag", 495, 895, styles=("Leather", "Waxed Canvas")),
        ),
        goes_with=("Jewellery", "Picnic"),
        gift=True,
    ),
    Category(
        name="Textiles",
        season=_WINTER,
        brands=("Loom & Lamb", "Saltmarsh Weavers"),
        styles=("Linen", "Lambswool", "Knitted"),
        colours=_EARTH,
        kinds=(
            Kind("Cushion Cover", 1295, 2495),
            Kind("Throw", 2995, 6495),
            Kind("Hot Water Bottle", 1495, 2495, styles=("Knitted", "Lambswool")),
            Kind("Doorstop", 1195, 1895, styles=("Tweed", "Linen")),
            Kind("Table Runner", 1495, 2795, styles=("Linen", "Striped")),
            Kind("Apron", 1495, 2495, styles=("Linen", "Striped")),
        ),
        goes_with=("Lighting", "Bath"),
    ),
    Category(
        name="Bath",
        season=_GIFTS,
        brands=("Rockpool", "Wick & Willow"),
        styles=("Natural", "Organic"),
        colours=_SCENTS,
        kinds=(
            Kind("Soap Bar", 395, 695, used_up=True),
            Kind("Bath Salts", 795, 1395, used_up=True),
            Kind("Hand Cream", 595, 1095, used_up=True),
            Kind("Hand Wash", 795, 1395, used_up=True),
            Kind(
                "Bath Towel",
                1495,
                2995,
                styles=("Organic Cotton", "Waffle"),
                colours=("Ivory", "Slate Blue", "Sage Green"),
            ),
            Kind("Room Spray", 895, 1495, used_up=True),
        ),
        goes_with=("Candles", "Textiles"),
        gift=True,
    ),
    Category(
        name="Storage",
        season=LEVEL_SEASON,
        brands=("Tidy & Thyme", "Copper Kettle Works"),
        styles=("Seagrass", "Felt"),
        colours=("Natural", "Charcoal", "Sage Green"),
        kinds=(
            Kind("Basket", 1295, 2995),
            Kind("Jewellery Box", 1495, 2995, styles=("Velvet", "Glass")),
            Kind("Magazine Rack", 1995, 3495, styles=("Oak", "Felt")),
            Kind("Drawer Organiser", 895, 1695),
            Kind("Coat Hooks", 1095, 2195, styles=("Oak", "Iron"), colours=("Set of 3", "Set of 5")),
            Kind("Clock", 1995, 3995, styles=("Oak", "Retro"), colours=("Ivory", "Charcoal", "Sage Green")),
        ),
        goes_with=("Kitchen", "Textiles"),
    ),
    Category(
        name="Jewellery",
        season=_GIFTS,
        brands=("Thistle & Tide",),
        styles=("Hammered", "Beaded"),
        colours=("Gold", "Silver", "Rose Gold", "Turquoise"),
        kinds=(
            Kind("Earrings", 1195, 2495),
            Kind("Bracelet", 1295, 2995),
            Kind("Necklace", 1695, 3995),
            Kind("Ring", 1195, 2795),
            Kind("Brooch", 895, 1695),
        ),
        goes_with=("Bags", "Bath"),
        gift=True,
    ),
)

# Towns of shoppers in the home country.
TOWNS = (
    "Bath",
    "Belfast",
    "Birmingham",
    "Brighton",
    "Bristol",
    "Cambridge",
    "Cardiff",
    "Edinburgh",
    "Exeter",
    "Glasgow",
    "Leeds",
    "Lincoln",
    "Liverpool",
    "London",
    "Manchester",
    "Norwich",
    "Nottingham",
    "Oxford",
    "Plymouth",
    "Sheffield",
    "Swansea",
    "York",
)
