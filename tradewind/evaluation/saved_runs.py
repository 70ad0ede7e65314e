"""Evaluations as they are saved: figures of every query, so that a later one can be compared query by query."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from tradewind.errors import InputError
from tradewind.evaluation.provenance import Provenance, as_json, provenance_in
from tradewind.evaluation.scoring import QueryScores, RunScores


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What was evaluated and what came out."""

    at: datetime
    index: str  # its name, or the product file's
    version: str
    encoder: str | None
    weights: Mapping[str, Any]
    judgements: str  # the file's name
    runs: Mapping[str, RunScores]  # by name: bm25, vector, hybrid; of another encoder vector:NAME, hybrid:NAME
    provenance: Provenance | None = None  # runs that were saved before it was noted have none

    @property
    def name(self) -> str:
        """Sortable by time, to be saved under: 20261121T180000-products."""
        return f"{self.at:%Y%m%dT%H%M%S}-{self.index.replace('/', '-')}"


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """Return what `evaluate search --json` prints."""
    queries = max(len(run.queries) for run in evaluation.runs.values())
    return {"queries": queries, "runs": {name: run.means() for name, run in evaluation.runs.items()}}


def to_json(evaluation: Evaluation) -> str:
    """Return the saved form; `from_json` reads it back."""
    facts = {
        "at": evaluation.at.isoformat(),
        "index": evaluation.index,
        "version": evaluation.version,
        "encoder": evaluation.encoder,
        "weights": dict(evaluation.weights),
        "judgements": evaluation.judgements,
        "provenance": as_json(evaluation.provenance) if evaluation.provenance else None,
        **figures(evaluation),
        "by_query": {
            name: {query: asdict(scores) for query, scores in run.queries.items()}
            for name, run in evaluation.runs.items()
        },
    }
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str, *, source: str) -> Evaluation:
    """Return a saved evaluation; `source` names it in errors. Raises: InputError."""
    try:
        told = json.loads(text)
        return Evaluation(
            at=datetime.fromisoformat(told["at"]),
            index=told["index"],
            version=told["version"],
            encoder=told["encoder"],
            weights=told["weights"],
            judgements=told["judgements"],
            runs={
                name: RunScores(queries={query: QueryScores(**scores) for query, scores in queries.items()})
                for name, queries in told["by_query"].items()
            },
            provenance=provenance_in(told["provenance"]) if told.get("provenance") else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("saved run", source, f"is not one that `tradewind evaluate` saved ({error})") from error
