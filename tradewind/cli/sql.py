"""`tradewind sql`: one query through the Athena API."""

import re
import sys
from pathlib import Path

import click

from tradewind.cli.row_formats import WRITERS
from tradewind.errors import InputError

_MISSING_TABLE = ("TABLE_NOT_FOUND", "does not exist", "not found")
_CHANGES = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(drop|alter|delete|update|insert|merge|truncate)\b", re.I | re.S)


@click.command()
@click.argument("query", required=False)
@click.option("--file", "-f", "path", type=click.Path(path_type=Path), help="Read the query from a file.")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="table", show_default=True)
@click.pass_obj
def sql(env: str, query: str | None, path: Path | None, form: str) -> int:
    """Run QUERY (Trino SQL; `-` reads it from stdin) in the database `tradewind` and print its rows.

    Rows go to stdout, bytes scanned and their price to stderr. csv: a header line; null is nothing, empty text is "".
    json: an array of objects; decimals are numbers with all their digits.

    \b
    tradewind sql "select * from daily_sales order by date limit 5"
    tradewind sql --format csv "select * from sales where month = '2011-11'" > november.csv
    """
    text = _text(query, path)
    from tradewind.aws import athena, clients
    from tradewind.cli.target import connect
    from tradewind.deployment import Deployment

    connect(env)
    try:
        result = athena.query(clients.athena(), text, database=Deployment.database, workgroup=Deployment.workgroup)
    except athena.QueryFailed as error:
        click.echo(f"error: {error}", err=True)
        for hint in hints(str(error)):
            click.echo(hint, err=True)
        return 1
    if result.columns:
        for line in WRITERS[form](result.columns, result.rows):
            click.echo(line)
    sys.stdout.flush()
    click.echo(summary(result.scanned_bytes, result.seconds, reads_data=result.reads_data), err=True)
    return 0


def summary(scanned_bytes: int, seconds: float, *, reads_data: bool) -> str:
    """Return the line about bytes scanned and their price."""
    from tradewind.aws.athena import cost_in_dollars
    from tradewind.cli.amounts import size

    price = cost_in_dollars(scanned_bytes, reads_data=reads_data)
    why = "$5 a TB, at least 10 MB a query" if reads_data else "statements that scan no data are free"
    return f"scanned {size(scanned_bytes)} in {seconds:.1f} s; on AWS ${price:.6f} ({why})"


def hints(reason: str) -> list[str]:
    """Return what helps after Athena's `reason`."""
    if reason.startswith("COLUMN_NOT_FOUND"):
        return ['a table\'s columns: tradewind sql "describe sales"']
    if reason.startswith("SYNTAX_ERROR"):
        return ["one statement of Athena's SQL (Trino); docs/sql.md has examples"]
    if not any(sign in reason for sign in _MISSING_TABLE):
        return []
    from tradewind.lake.tables import TABLES, VIEWS

    return [
        "tables: " + ", ".join(table.name for table in TABLES),
        "views: " + ", ".join(view.name for view in VIEWS),
    ]


def _text(query: str | None, path: Path | None) -> str:
    if (query is None) == (path is None):
        raise click.UsageError("Give the query as an argument, or - for stdin, or --file; one of them.")
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError("file", repr(str(path)), "it is not UTF-8 text; save it as UTF-8") from error
    else:
        text = sys.stdin.read() if query == "-" else str(query)
    text = text.strip().removesuffix(";").rstrip()
    if not text:
        raise InputError("query", repr(text), 'give a statement, for example "select * from daily_sales"')
    if change := _CHANGES.match(text):
        way_out = "this command only reads; the stacks own the tables (use the Athena API for tables of your own)"
        raise InputError("statement", change[1].upper(), way_out)
    return text
