"""`tradewind search`: ask an index as a shopper would, and see why each product is where it is."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tradewind.search.answer import SearchAnswer


@click.command()
@click.argument("query")
@click.option("--index", "index_name", default="products", show_default=True, metavar="NAME", help="Which index.")
@click.option("--filter", "filters", metavar="TEXT", help='As Algolia\'s `filters`: "brand:Acme AND price < 30".')
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many products.")
@click.option("--explain", is_flag=True, help="How the query was read, and all parts of each score.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
@click.pass_obj
def search(
    env: str, query: str, index_name: str, filters: str | None, limit: int, *, explain: bool, as_json: bool
) -> int:
    """Search an index: rank, product, price, and why it is there.

    \b
    tradewind search "gift for a gardener under 30"
    tradewind search "red shoes" --filter "brand:Acme" --explain
    tradewind search "" --index products_price_asc --limit 5
    """
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.search_table import as_object, explanation, table

    answered, settings = _ask(env, query, index_name, filters, limit)
    if as_json:
        import json

        click.echo(json.dumps(as_object(answered, settings), indent=2, ensure_ascii=False))
        return DONE
    for line in table(answered, settings):
        click.echo(line)
    for line in explanation(answered) if explain else ():
        click.echo(line)
    return DONE


def _ask(env: str, query: str, name: str, filters: str | None, limit: int) -> "tuple[SearchAnswer, Any]":
    import os
    import uuid
    from datetime import UTC, datetime

    from tradewind.aws import wiring
    from tradewind.catalog.editing import UnknownIndex
    from tradewind.cli.target import connect
    from tradewind.errors import InputError
    from tradewind.search.answering import answer
    from tradewind.search.filter_text import parse_filters
    from tradewind.search.index import IndexUnavailable
    from tradewind.search.onnx_encoder import encoder_folder, load_encoder
    from tradewind.search.request import SearchRequest

    request = SearchRequest(query=query, filter=parse_filters(filters or "", field="--filter"), hits_per_page=limit)
    connect(env)
    try:
        index, definition = wiring.open_index(name)
        answered = answer(
            request,
            name=name,
            index=index,
            definition=definition,
            encoder=load_encoder(encoder_folder(os.environ)),
            now=datetime.now(UTC),
            query_id=uuid.uuid4().hex,
        )
    except UnknownIndex:
        raise InputError("--index", repr(name), "there is no such index; `tradewind status` names them") from None
    except IndexUnavailable as error:
        raise InputError("--index", repr(name), f"it cannot be read now ({error}); try again in a moment") from error
    return answered, definition.settings
