"""`tradewind index`: from the embedded engine to a cluster, compared before it answers."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tradewind.search.agreement import Agreement
    from tradewind.search.fallback import Reader

_AGREED = 0.7  # mean overlap@10 below which the comparison fails: more than ties and roundings explain
_NAMES = 200  # products whose names are asked for where there is no file of queries


@click.group()
def index() -> None:
    """Move an index to OpenSearch: backfill, compare, flip."""


@index.command()
@click.argument("name", default="products")
@click.option("--to", type=click.Choice(["opensearch"]), default="opensearch", show_default=True)
@click.pass_obj
def backfill(env: str, name: str, to: str) -> int:
    """Fill the cluster at OPENSEARCH_URL with index NAME from the catalogue's store.

    A new version is made and then takes the place of the old one at once. Shoppers' searches stay where they are.
    """
    import os

    from tradewind.aws import catalog_wiring, wiring
    from tradewind.aws.opensearch_wiring import cluster_publisher, needed_cluster
    from tradewind.catalog.publishing import Changes
    from tradewind.catalog.record import StoredRecord
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.target import connect

    del to
    connect(env)
    cluster = needed_cluster(os.environ)
    store = wiring.catalog_store()
    found = store.names.get(name)
    if found is None or found.primary is not None:
        raise click.ClickException(f"there is no index {name!r} of its own: see `tradewind status`")
    publisher = cluster_publisher(cluster, env, catalog_wiring.text_encoder())
    records = (StoredRecord(object_id, body) for object_id, body in store.records(name))
    changes = Changes(
        name=name,
        index_id=found.index_id,
        definition=store.definitions.read(found.definition_id),
        puts=records,
        whole=True,
    )
    published = publisher.publish(changes, encode_for=lambda: True)
    for replica in found.replicas:
        own = store.names.get(replica)
        if own is not None:
            publisher.point_replica(replica, primary=name, definition=store.definitions.read(own.definition_id))
    meaning = f"{published.records - published.unencoded} with a vector" if published.encoder else "by words alone"
    click.echo(f"{name}: {published.records} records on the cluster, {meaning}, version {published.version}")
    return DONE


@index.command()
@click.argument("name", default="products")
@click.option(
    "--queries", type=click.Path(path_type=Path, exists=True), help="A query a line (default: products' names)."
)
@click.option("--least", type=float, default=_AGREED, show_default=True, help="Mean overlap@10 that is enough.")
@click.pass_obj
def compare(env: str, name: str, queries: Path | None, least: float) -> int:
    """Ask both engines the same queries of index NAME and print how far they agree.

    Exit status 1 where the mean overlap of the first ten is below --least. `tradewind evaluate search` gives nDCG.
    """
    import os

    from tradewind.aws import wiring
    from tradewind.aws.opensearch_wiring import cluster_reader, needed_cluster
    from tradewind.cli.exit_status import DONE, NOT_DONE
    from tradewind.cli.target import connect
    from tradewind.search.agreement import mean_overlap

    target = connect(env)
    pointer_seconds = target.config.search.pointer_seconds
    cluster = cluster_reader(needed_cluster(os.environ), env, pointer_seconds=pointer_seconds)
    embedded = wiring.index_reader()
    asked = list(_lines(queries)) if queries else list(_names(embedded, name))
    if not asked:
        raise click.ClickException("no query to compare: give a file with --queries, one a line")
    rows = [_agreement(query, name, embedded, cluster) for query in asked]
    for row in sorted(rows, key=lambda each: each.overlap)[:10]:
        click.echo(f"{row.overlap:5.2f}  {row.counts[0]:>7} / {row.counts[1]:<7} {row.query}")
    mean = mean_overlap(rows)
    click.echo(f"{len(rows)} queries, overlap@10 {mean:.3f} (counts: embedded / opensearch; worst first)")
    return DONE if mean >= least else NOT_DONE


@index.command()
@click.argument("name", default="products")
@click.pass_obj
def flip(env: str, name: str) -> int:
    """Check that the cluster holds what the embedded engine holds, and say which setting makes it answer.

    The embedded index goes on being published: it answers while the cluster cannot.
    """
    import os

    from tradewind.aws import wiring
    from tradewind.aws.opensearch_wiring import cluster_reader, needed_cluster
    from tradewind.catalog.editing import UnknownIndex
    from tradewind.cli.exit_status import DONE, NOT_DONE
    from tradewind.cli.target import connect

    connect(env)
    cluster = cluster_reader(needed_cluster(os.environ), env, pointer_seconds=0)
    try:
        there = cluster.named(name)[0].records
    except UnknownIndex:
        raise click.ClickException(f"the cluster has no index {name!r}: `tradewind index backfill {name}`") from None
    here = wiring.index_reader().named(name)[0].records
    if there != here:
        click.echo(f"{name}: {here} records embedded, {there} on the cluster: `tradewind index backfill {name}` again")
        return NOT_DONE
    click.echo(f"{name}: {here} records on both. To let the cluster answer:")
    if env == "local":
        click.echo("  make up ENGINE=opensearch OPENSEARCH_URL=...   (back: make up)")
    else:
        click.echo(f'  Config.search.engine = "domain" or "serverless" for {env}, then `make deploy ENV={env}`')
    return DONE


def _lines(file: Path) -> Iterator[str]:
    return (line.strip() for line in file.read_text().splitlines() if line.strip())


def _names(reader: "Reader", name: str) -> Iterator[str]:
    """Yield names of products of an index, those of the first ids."""
    import orjson

    from tradewind.search.product_texts import attribute_texts, place_texts, searched_places

    opened, definition = reader.named(name)
    settings = definition.settings
    for _, body in opened.scan(limit=_NAMES):
        record = orjson.loads(body)
        field = settings.fields.name
        texts = attribute_texts(record, field) if field else place_texts(record, searched_places(settings)[0])
        yield from islice(texts, 1)


def _agreement(query: str, name: str, embedded: "Reader", cluster: "Reader") -> "Agreement":
    import os
    import uuid
    from datetime import UTC, datetime

    from tradewind.search.agreement import Agreement, overlap
    from tradewind.search.answering import answer
    from tradewind.search.onnx_encoder import encoder_folder, load_encoder
    from tradewind.search.request import SearchRequest

    encoder = load_encoder(encoder_folder(os.environ))
    answers = []
    for reader in (embedded, cluster):
        opened, definition = reader.named(name)
        request = SearchRequest(query=query, hits_per_page=10, analytics=False)
        answers.append(
            answer(
                request,
                name=name,
                index=opened,
                definition=definition,
                encoder=encoder,
                now=datetime.now(UTC),
                query_id=uuid.uuid4().hex,
            )
        )
    first, second = ([shown.hit.object_id for shown in each.shown] for each in answers)
    return Agreement(query, overlap(first, second), (answers[0].outcome.count, answers[1].outcome.count))
