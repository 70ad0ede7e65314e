"""`tradewind evaluate`: how good the answers are, against judgements."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tradewind.search.embedded.pointer import Engine

_JUDGEMENTS = click.argument("judgements", type=click.Path(path_type=Path))
_QUERY = click.option("--query", "query", default="query", show_default=True, help="Column of the query.")
_SKU = click.option("--sku", "sku", default="sku", show_default=True, help="Column of the product's SKU.")
_GRADE = click.option("--grade", "grade", default="grade", show_default=True, help="Column of the grade.")
_INDEX = click.option("--index", default="products", show_default=True, help="The live index.")


@click.group()
def evaluate() -> None:
    """Measure the answers of search against judgements."""


@evaluate.command()
@_JUDGEMENTS
@click.option("--products", type=click.Path(path_type=Path), help="Evaluate on an index of this file's products.")
@_INDEX
@click.option(
    "--engine", type=click.Choice(["embedded", "opensearch"]), help="Of the live index (default: the one that answers)."
)
@click.option("--weights", metavar="JSON", help="Weights instead of those of the settings, or a file with them.")
@click.option(
    "--encoder",
    "encoders",
    multiple=True,
    metavar="NAME=FOLDER",
    help="Another encoder, as `make encoder` builds it, beside the current one; its runs are vector:NAME, hybrid:NAME. "
    "Repeatable.",
)
@click.option("--against", metavar="RUN", help="Compare with a saved run: its name, or a file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@_QUERY
@_SKU
@_GRADE
@click.pass_obj
def search(
    env: str,
    judgements: Path,
    products: Path | None,
    index: str,
    engine: "Engine | None",
    weights: str | None,
    encoders: tuple[str, ...],
    against: str | None,
    as_json: bool,
    query: str,
    sku: str,
    grade: str,
) -> int:
    """Score search by words (bm25), by meaning (vector) and by both (hybrid) against JUDGEMENTS.

    JUDGEMENTS is a csv or parquet file of query, sku and grade, of any scale. Figures go to stdout, progress to
    stderr. The run is saved; its name is the last line.

    \b
    tradewind evaluate search judgements.csv
    tradewind evaluate search judgements.csv --products products.parquet --json
    tradewind evaluate search judgements.csv --weights '{"rrf_k": 30}' --against 20261121T180000-products
    tradewind evaluate search judgements.csv --products products.parquet --encoder float=build/encoder-float
    """
    from tradewind.cli.evaluating import Asked, evaluate_search
    from tradewind.cli.evaluation_subjects import named_folders
    from tradewind.evaluation.judgement_files import Columns

    asked = Asked(
        env=env,
        judgements=judgements,
        columns=Columns(query, sku, grade),
        products=products,
        index=index,
        engine=engine,
        weights=weights,
        against=against,
        encoders=named_folders(encoders),
    )
    return evaluate_search(asked, as_json=as_json)


@evaluate.command()
@_INDEX
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back.")
@click.option("--min-shown", type=click.IntRange(1), metavar="N", help="Products shown that are enough (10,000).")
@click.option("--min-clicks", type=click.IntRange(1), metavar="N", help="Clicks that are enough (500).")
@click.option("--min-looks", type=click.IntRange(1), metavar="N", help="Looks at a product that gets a grade (20).")
@click.option("--print", "printed", is_flag=True, help="Print the judgements as csv and store nothing.")
@click.pass_obj
def clicks(
    env: str,
    index: str,
    days: int,
    min_shown: int | None,
    min_clicks: int | None,
    min_looks: int | None,
    *,
    printed: bool,
) -> int:
    """Make judgements of shoppers' clicks and store them beside the imported ones, which stay and come first.

    A click model takes out that higher ranks are looked at more. Exit status 1 while there are too few events; the line
    says how many more are needed.
    """
    from dataclasses import replace

    from tradewind.cli.click_judging import judge_clicks
    from tradewind.evaluation.click_model import Least

    given = {"showings": min_shown, "clicks": min_clicks, "looks": min_looks}
    least = replace(Least(), **{name: value for name, value in given.items() if value is not None})
    return judge_clicks(env, index, days=days, least=least, printed=printed)


@evaluate.command("judgements")
@_JUDGEMENTS
@_INDEX
@_QUERY
@_SKU
@_GRADE
@click.pass_obj
def store_judgements(env: str, judgements: Path, index: str, query: str, sku: str, grade: str) -> int:
    """Store JUDGEMENTS for an index: changes of its settings that score lower on them are refused.

    They replace those that were stored before.
    """
    from tradewind.aws import wiring
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.target import connect
    from tradewind.evaluation.judgement_files import Columns, read_judgements
    from tradewind.evaluation.judgements import judge

    rows = list(read_judgements(judgements, Columns(query, sku, grade)))
    judged = judge(rows)
    connect(env)
    wiring.judgement_store().put(index, rows)
    pairs = sum(map(len, judged.gains.values()))
    click.echo(f"{pairs:,} judgements of {len(judged.gains):,} queries guard the settings of {index}")
    return DONE
