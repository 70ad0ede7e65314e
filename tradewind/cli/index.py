"""`tradewind index`: from the embedded engine to a cluster, compared before it answers, and back."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tradewind.cli.moving import Queries
    from tradewind.evaluation.engines import EngineComparison

_AGREED = 0.7  # mean overlap@10 below which the comparison fails: more than ties and roundings explain
_WORST = 10  # queries that are shown

_NAME = click.argument("name", default="products")
_TO_CLUSTER = click.option("--to", type=click.Choice(["opensearch"]), default="opensearch", show_default=True)
_QUERIES = click.option(
    "--queries",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A query a line (default: what shoppers ask most).",
)
_LEAST = click.option(
    "--least", type=click.FloatRange(0, 1), default=_AGREED, show_default=True, help="Mean overlap@10 that is enough."
)


@click.group()
def index() -> None:
    """Move an index to OpenSearch: backfill, compare, flip."""


@index.command()
@_NAME
@_TO_CLUSTER
@_QUERIES
@_LEAST
@click.option("--yes", is_flag=True, help="Do not ask before the cluster answers.")
@click.option("--force", is_flag=True, help="Let the cluster answer whatever the comparison says.")
@click.pass_obj
def move(env: str, name: str, to: str, queries: Path | None, least: float, *, yes: bool, force: bool) -> int:
    """Backfill index NAME, compare both engines on live queries, and let the cluster answer.

    It answers where the mean overlap of the first ten is at least --least, or where its nDCG@10 on the stored
    judgements is not lower; else nothing is flipped and the exit status is 1. Shoppers notice nothing until then.

    \b
    tradewind index move products
    tradewind index move products --queries queries.txt --yes
    """
    from tradewind.cli.exit_status import DONE, NOT_DONE
    from tradewind.cli.moving import backfill as fill
    from tradewind.cli.moving import check_functions_know_it, find_cluster, flip_to_cluster
    from tradewind.cli.target import connect

    del to
    connect(env)
    cluster = find_cluster()
    check_functions_know_it(env)
    click.echo(f"{name}: {fill(env, name, cluster)}")
    compared = _compared(env, name, queries)
    refusal = compared.refusal(least)
    if refusal and not force:
        click.echo(f"{name}: not flipped: {refusal}; to flip all the same: --force", err=True)
        return NOT_DONE
    if not yes and sys.stdin.isatty() and not click.confirm("Let the cluster answer?", default=True, err=True):
        click.echo(f"{name}: not flipped: not confirmed; later: `tradewind index flip {name}`", err=True)
        return NOT_DONE
    records = flip_to_cluster(env, name, cluster)
    click.echo(f"{name}: the cluster answers, with {records} records (back: tradewind index flip {name} --to embedded)")
    return DONE


@index.command()
@_NAME
@_TO_CLUSTER
@click.pass_obj
def backfill(env: str, name: str, to: str) -> int:
    """Fill the cluster with index NAME from the catalogue's store.

    A new version is made and then takes the place of the old one at once. The cluster is that of the deployed
    functions, or the one at OPENSEARCH_URL.
    """
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.moving import backfill as fill
    from tradewind.cli.moving import find_cluster
    from tradewind.cli.target import connect

    del to
    connect(env)
    click.echo(f"{name}: {fill(env, name, find_cluster())}")
    return DONE


@index.command()
@_NAME
@_QUERIES
@_LEAST
@click.pass_obj
def compare(env: str, name: str, queries: Path | None, least: float) -> int:
    """Ask both engines the same queries of index NAME and print how far they agree.

    Where judgements are stored, nDCG@10 of both, too. Exit status 1 where `move` would not flip.
    """
    from tradewind.cli.exit_status import DONE, NOT_DONE
    from tradewind.cli.target import connect

    connect(env)
    refusal = _compared(env, name, queries).refusal(least)
    if refusal:
        click.echo(f"{name}: {refusal}", err=True)
    return NOT_DONE if refusal else DONE


@index.command()
@_NAME
@click.option("--to", type=click.Choice(["opensearch", "embedded"]), default="opensearch", show_default=True)
@click.pass_obj
def flip(env: str, name: str, to: str) -> int:
    """Let the cluster answer index NAME, or the embedded engine again. Shoppers' searches follow within seconds.

    Both go on being filled, and the embedded one answers while the cluster cannot. Refused where the cluster has not
    as many records.
    """
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.moving import find_cluster, flip_back, flip_to_cluster
    from tradewind.cli.target import connect

    connect(env)
    if to == "embedded":
        flip_back(name)
        click.echo(f"{name}: the embedded engine answers")
    else:
        records = flip_to_cluster(env, name, find_cluster())
        click.echo(f"{name}: the cluster answers, with {records} records")
    return DONE


def _compared(env: str, name: str, file: Path | None) -> "EngineComparison":
    """Compare, print the figures, and return them."""
    from tradewind.cli.moving import compare as compare_engines
    from tradewind.cli.moving import find_cluster, live_queries

    queries = _of(file) if file else live_queries(name)
    compared = compare_engines(env, name, find_cluster(), queries)
    click.echo(f"{len(compared.rows)} queries ({queries.source}); counts: embedded / opensearch; worst first")
    for row in sorted(compared.rows, key=lambda each: each.overlap)[:_WORST]:
        click.echo(f"{row.overlap:5.2f}  {row.counts[0]:>7} / {row.counts[1]:<7} {row.query}")
    if compared.rows:
        click.echo(f"overlap@10 {compared.overlap:.3f}")
    click.echo(
        f"embedded -> opensearch: {compared.verdict}" if compared.verdict else "no stored judgements: no nDCG@10"
    )
    return compared


def _of(file: Path) -> "Queries":
    from tradewind.cli.moving import Queries

    lines = (line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    return Queries(texts=[line for line in lines if line], source=str(file))
