"""An answer as people and programs read it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from tradewind.aws.athena import ResultColumn
from tradewind.catalog.record import values_at
from tradewind.catalog.settings import IndexSettings
from tradewind.cli.row_formats import as_table
from tradewind.search.answer import Reading, SearchAnswer, Shown
from tradewind.search.filters import And, FacetIs, Filter, HasPhrase, Not, NumberIs, NumberWithin, Or
from tradewind.search.plan import Hit

_NAME_WIDTH = 60  # characters of a product's name


def table(answered: SearchAnswer, settings: IndexSettings) -> Iterator[str]:
    """Yield aligned lines: rank, product, price, why; first what was found."""
    reading = answered.reading
    yield _found(answered)
    if reading.redirect:
        yield f"a rule leads the shopper to {reading.redirect}"
    if not answered.shown:
        return
    columns = [ResultColumn("rank", "bigint"), *(ResultColumn(name, "varchar") for name in ("product", "price", "why"))]
    yield from as_table(columns, [_row(rank, shown, settings) for rank, shown in enumerate(answered.shown, 1)])


def explanation(answered: SearchAnswer) -> Iterator[str]:
    """Yield how the query was read and all parts of the score of each hit."""
    yield ""
    yield from _read(answered)
    yield ""
    numbers = ("rank", "score", "by words", "place", "by meaning", "place", "words", "typos", "preference")
    columns = [ResultColumn("product", "varchar"), *(ResultColumn(name, "double") for name in numbers)]
    rows = [_parts(rank, shown.hit) for rank, shown in enumerate(answered.shown, 1)]
    yield from as_table(columns, rows) if rows else ()


def as_object(answered: SearchAnswer, settings: IndexSettings) -> dict[str, Any]:
    """Return the answer as JSON has it."""
    outcome, reading = answered.outcome, answered.reading
    return {
        "index": answered.index,
        "version": answered.version,
        "query": reading.query,
        "count": outcome.count,
        "by_words": outcome.lexical_count,
        "by_meaning_alone": outcome.semantic_count,
        "words_required": outcome.required,
        "relaxed": reading.relaxed,
        "lexical_only": reading.lexical_only,
        "similarity_floor": outcome.floor,
        "corrections": dict(reading.corrections),
        "removed": list(reading.removed),
        "price": condition_text(reading.price) if reading.price else None,
        "synonyms": list(reading.synonyms),
        "rules": list(reading.rules),
        "redirect": reading.redirect,
        "hits": [_hit_object(rank, shown, settings) for rank, shown in enumerate(answered.shown, 1)],
    }


def condition_text(filter: Filter) -> str:
    """Return a filter as people write it."""
    match filter:
        case FacetIs():
            return f"{filter.attribute}:{filter.value}"
        case NumberIs():
            return f"{filter.attribute} {filter.operator} {filter.number:g}"
        case NumberWithin():
            return f"{filter.attribute} {filter.low:g} to {filter.high:g}"
        case Not():
            return f"not {condition_text(filter.part)}"
        case And():
            return " and ".join(map(condition_text, filter.parts))
        case Or():
            return "(" + " or ".join(map(condition_text, filter.parts)) + ")"
        case HasPhrase():
            return f'"{" ".join(filter.stems)}"'
        case _:
            return "near a place"


def why(hit: Hit) -> str:
    """Return which part of the ranking a hit owes its place to: "lexical 3, vector 1", "rule", "browse"."""
    parts = ["rule"] if hit.pinned else []
    if hit.matched_words:
        parts.append(f"lexical {hit.lexical_rank}" if hit.lexical_rank else "lexical")
    if hit.vector_rank:
        parts.append(f"vector {hit.vector_rank}")
    elif hit.similarity is not None and not hit.matched_words:
        parts.append("vector")
    return ", ".join(parts) or "browse"


def _found(answered: SearchAnswer) -> str:
    outcome, reading = answered.outcome, answered.reading
    told = f"{outcome.count:,} products" if outcome.count != 1 else "1 product"
    if reading.price:
        told += f", {condition_text(reading.price)}"
    if reading.corrections:
        told += ", searched for " + ", ".join(f"{new} (not {old})" for old, new in reading.corrections.items())
    if reading.lexical_only:
        told += ", by words alone (no encoder or no vectors)"
    return told


def _row(rank: int, shown: Shown, settings: IndexSettings) -> tuple[str, ...]:
    record = orjson.loads(shown.record)
    return str(rank), _name(record, shown.hit, settings), _price(record, settings) or "", why(shown.hit)


def _name(record: Mapping[str, Any], hit: Hit, settings: IndexSettings) -> str:
    name = next((str(value) for value in values_at(record, settings.fields.name or "name")), hit.object_id)
    return name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 1] + "…"


def _price(record: Mapping[str, Any], settings: IndexSettings) -> str | None:
    price = next(iter(values_at(record, settings.fields.price or "price")), None)
    if isinstance(price, bool) or not isinstance(price, int | float):
        return None
    currency = next((str(value) for value in values_at(record, settings.fields.currency or "currency")), "")
    return f"{price:.2f} {currency}".strip()


def _read(answered: SearchAnswer) -> Iterator[str]:
    reading, outcome = answered.reading, answered.outcome
    yield f"index       {answered.index}, version {answered.version}"
    yield f"read as     {reading.query or '(everything)'}"
    for title, said in _remarks(reading):
        yield f"{title:<11} {said}"
    if outcome.required:
        relaxed = " (relaxed: too few products have all)" if reading.relaxed else ""
        yield f"words       at least {outcome.required} must match{relaxed}"
    floor = f", similarity at least {outcome.floor:.2f}" if outcome.floor is not None else ""
    yield f"match set   {outcome.lexical_count:,} by words, {outcome.semantic_count:,} by meaning alone{floor}"


def _remarks(reading: Reading) -> Sequence[tuple[str, str]]:
    corrected = ", ".join(f"{old} → {new}" for old, new in reading.corrections.items())
    remarks = (
        ("corrected", corrected),
        ("price", f"{reading.price_text}: {condition_text(reading.price)}" if reading.price else ""),
        ("phrases", ", ".join(reading.phrases)),
        ("without", ", ".join(reading.excluded)),
        ("left out", ", ".join(reading.removed)),
        ("synonyms", ", ".join(reading.synonyms)),
        ("rules", ", ".join(reading.rules)),
        ("redirect", reading.redirect or ""),
        ("meaning", "not used: no encoder or no vectors" if reading.lexical_only else ""),
    )
    return [(title, said) for title, said in remarks if said]


def _parts(rank: int, hit: Hit) -> tuple[str | None, ...]:
    return (
        hit.object_id,
        str(rank),
        f"{hit.score:.4f}",
        f"{hit.lexical_score:.3f}",
        str(hit.lexical_rank) if hit.lexical_rank else None,
        f"{hit.similarity:.3f}" if hit.similarity is not None else None,
        str(hit.vector_rank) if hit.vector_rank else None,
        str(hit.matched_words),
        str(hit.typos),
        str(hit.filter_score),
    )


def _hit_object(rank: int, shown: Shown, settings: IndexSettings) -> dict[str, Any]:
    hit, record = shown.hit, orjson.loads(shown.record)
    return {
        "rank": rank,
        "object_id": hit.object_id,
        "product": _name(record, hit, settings),
        "price": _price(record, settings),
        "why": why(hit),
        "score": hit.score,
        "lexical_score": hit.lexical_score,
        "lexical_rank": hit.lexical_rank,
        "similarity": hit.similarity,
        "vector_rank": hit.vector_rank,
        "matched_words": hit.matched_words,
        "typos": hit.typos,
        "filter_score": hit.filter_score,
        "pinned": hit.pinned,
        "record": record,
    }
