"""A query of a command's own, and its rows on stdout."""

import click

from tradewind.aws import athena, clients
from tradewind.cli.row_formats import WRITERS
from tradewind.deployment import Deployment


def print_rows(sql: str, form: str) -> bool:
    """Print what a query gives and return True; where Athena refuses it, say why and return False."""
    try:
        result = athena.query(clients.athena(), sql, database=Deployment.database, workgroup=Deployment.workgroup)
    except athena.QueryFailed as error:
        click.echo(f"error: {error}", err=True)
        return False
    for line in WRITERS[form](result.columns, result.rows):
        click.echo(line)
    return True
