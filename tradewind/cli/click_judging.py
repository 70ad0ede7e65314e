"""What `tradewind evaluate clicks` does: the view `search_clicks`, the click model, the stored judgements."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import click

from tradewind.aws import athena, clients, wiring
from tradewind.cli import steps, target
from tradewind.cli.exit_status import DONE, NOT_DONE
from tradewind.deployment import Deployment
from tradewind.evaluation.click_model import Least, Shown, TooFew, judgements_from_clicks
from tradewind.evaluation.judgement_files import as_csv


def judge_clicks(env: str, index: str, *, days: int, least: Least, printed: bool) -> int:
    """Read, estimate, store or print. Raises: NotRunning."""
    target.connect(env)
    since = datetime.now(UTC).date() - timedelta(days=days)
    try:
        with steps.spinner(f"clicks on {index} since {since}"):
            rows = list(shown_since(index, since))
    except athena.QueryFailed as error:
        click.echo(f"error: {error}", err=True)
        return NOT_DONE
    found = judgements_from_clicks(rows, least)
    if isinstance(found, TooFew):
        click.echo(f"{index}: {found.showings:,} products shown, {found.clicks:,} clicks since {since}: {found}")
        return NOT_DONE
    if not found:
        click.echo(f"{index}: no product was looked at {least.looks} times for a query with clicks: nothing to judge")
        return NOT_DONE
    if printed:
        click.echo(as_csv(found), nl=False)
        return DONE
    wiring.judgement_store().put(index, found, "clicks")
    queries = len({each.query for each in found})
    click.echo(f"{len(found):,} judgements of {queries:,} queries from clicks guard the settings of {index}")
    return DONE


def shown_since(index: str, since: date) -> Iterator[Shown]:
    """Yield how often each product was shown and clicked at each rank of an index's queries. Raises: QueryFailed."""
    result = athena.query(
        clients.athena(), question(index, since), database=Deployment.database, workgroup=Deployment.workgroup
    )
    for query, sku, position, shown, clicked in result.rows:
        assert query is not None
        assert sku is not None
        yield Shown(query, sku, int(position or 0), int(shown or 0), int(clicked or 0))


def question(index: str, since: date) -> str:
    """Return the SQL. Empty queries are browsing: there is nothing that a product could fit."""
    name = index.replace("'", "''")
    return (
        "select query, sku, position, cast(sum(shown) as bigint) as shown, cast(sum(clicked) as bigint) as clicked "  # noqa: S608
        f"from search_clicks where index_name = '{name}' and date >= date '{since}' and query <> '' and position >= 1 "
        "group by query, sku, position"
    )
