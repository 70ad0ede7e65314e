"""What an engine is asked to do, and what it answers. Query understanding makes the plan; both engines carry it out.

Match set of a plan, independent of page, sorting and facets: live products that
(a) match at least `required` of `words` (see below), or are within the meaning candidates: the up to 2,000 products
    nearest to `vector` whose cosine is at least the similarity floor (none where `vector` is None); a plan without
    words and without vector matches every product; the floor is `weights.similarity_floor`, else that of
    tradewind/search/similarity_floor.py: the index's own, lower where even the nearest product lies far, whatever the
    filter;
(b) and meet `filter`, and are not in `hidden`;
(c) plus the pinned products (those that meet `filter` too where `pins_are_filtered`).
`required` is chosen by the engine: all words first, then one less while fewer than `weights.enough` live products match
(counted without the filter, so that the facet count of a value equals the hits under it), never below one.

Words' score: the sum over words of the best alternative's (weight x the sum over terms and places of weight x BM25),
and for each of `phrases` that are neighbours in the first place `weights.phrase` x the idf of both; times (deciding
words that match / deciding words) to the power of `weights.coverage`; times 1 + `weights.complete` where the first
place alone has all deciding words (each by one of its alternatives with all of its terms).

Order, first difference decides:
 1. pinned products at their positions;
 2. `sort` keys (missing last; of several numbers the lowest for asc, the highest for desc; booleans are 1 and 0);
 3. with `around`: distance in steps of its precision, when no sort is given;
 4. in stock before out of stock (`stock` names the attribute: values, and none above 0 or true, are out of stock;
    None: no difference);
 5. optional filters: higher sum (or maximum) of scores first; Not(...) lowers;
 6. without words and vector: `custom_ranking`; with them: the fused head (the best `weights.depth` by words and the
    best by meaning, both of the match set without pins; the latter of the 2,000 nearest, whether or not above the
    floor; equals to 4 decimals as the shop prefers), fused as `weights.fusion` says (tradewind/search/fusion.py), then
    the rest by words' score, then by cosine; the fused score is divided by the best possible one, so it lies from 0 to
    1. A product of the best by words that has no vector yet is taken to mean as well as it matches: its share, or rank,
    among the best by words counts as that by meaning, too;
 7. `custom_ranking` where the relevance is equal to 4 decimals;
 8. object id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tradewind.catalog.rules import Pin
from tradewind.catalog.settings import SortKey, Weights
from tradewind.search.encoder import Vectors
from tradewind.search.filters import EVERYTHING, Filter
from tradewind.search.request import Around

AlternativeKind = Literal["word", "prefix", "typo", "synonym", "joined", "split"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to match a word of the query: all of `terms` in one product.

    Terms are stems (`tradewind.search.text.stem`), except the last of a prefix alternative: the beginning of a folded
    word, not stemmed.
    """

    terms: tuple[str, ...]
    kind: AlternativeKind = "word"
    typos: int = 0
    weight: float = 1.0  # factor of its BM25 score; a word's score is that of its best alternative
    prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of the query. Optional ones score and never decide whether a product matches."""

    text: str  # folded, as it stands in the query after rules
    alternatives: tuple[Alternative, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One understood query."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, str], ...] = ()  # neighbouring stems of the query: a boost where they are neighbours
    vector: Vectors | None = None  # float32 (384,), of length 1
    filter: Filter = EVERYTHING
    optional_filters: tuple[Filter, ...] = ()
    sum_filter_scores: bool = False
    searchable: tuple[str, ...] | None = None  # attributes that words may match in; None: all searchable ones
    hidden: frozenset[str] = frozenset()
    pins: tuple[Pin, ...] = ()
    pins_are_filtered: bool = False
    sort: tuple[SortKey, ...] = ()
    custom_ranking: tuple[SortKey, ...] = ()
    stock: str | None = None
    around: Around | None = None
    distinct: int = 0  # keep the best so many of each group; 0: no grouping; offset and length are of kept products
    distinct_attribute: str | None = None
    facets: tuple[str, ...] = ()  # attributes, resolved ("*" is gone)
    max_values_per_facet: int = 100
    sort_facet_values_by: str = "count"  # then by value; "alpha": by value
    offset: int = 0
    length: int = 20
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A product of the answer and why it is where it is."""

    object_id: str
    record: bytes  # its JSON, as it was sent
    score: float = 0.0  # relevance: fused in the head, of the words behind it, else the cosine
    lexical_rank: int | None = None  # 1-based, within the fused list; None: not in it
    lexical_score: float = 0.0
    vector_rank: int | None = None
    similarity: float | None = None  # cosine, where it was computed
    matched_words: int = 0
    typos: int = 0
    filter_score: int = 0
    pinned: bool = False
    distance: int | None = None  # metres, with `around`


@dataclass(frozen=True, slots=True)
class FacetStats:
    """Of the numbers of a facet over the match set."""

    min: float
    max: float
    avg: float
    sum: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an engine answers: everything but `hits` covers the whole match set."""

    hits: tuple[Hit, ...]
    count: int  # products, or groups where `distinct`
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # products, never groups; in order of showing
    stats: Mapping[str, FacetStats] = field(default_factory=dict)
    required: int = 0  # words that a lexical match has to have
    lexical_count: int = 0  # products of the match set that match by words
    semantic_count: int = 0  # and by meaning alone
    floor: float | None = None  # the similarity floor that was used
