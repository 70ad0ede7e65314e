"""`tradewind synonyms` and `tradewind rules`: all of an index into a file, and from a file into an index."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tradewind.catalog.definition_changes import Kind

_INDEX = click.argument("index")
_REPLACE = click.option("--replace", is_flag=True, help="Those that FILE does not name go.")
_CHECK = click.option("--check", is_flag=True, help="Read and compare, and change nothing.")
_FORCE = click.option("--force", is_flag=True, help="Publish although it ranks worse on the stored judgements.")
_TO = click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True))
_FROM = click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))


@click.group()
def synonyms() -> None:
    """Write the synonyms of an index into a file, or read them from one."""


@click.group()
def rules() -> None:
    """Write the rules of an index into a file, or read them from one."""


@synonyms.command("export")
@_INDEX
@_TO
@click.pass_obj
def export_synonyms(env: str, index: str, file: str) -> int:
    """Write the synonyms of INDEX into FILE: .csv, .jsonl or .ndjson, else a JSON array (also to stdout: -)."""
    return _export(env, "synonym", index, file)


@rules.command("export")
@_INDEX
@_TO
@click.pass_obj
def export_rules(env: str, index: str, file: str) -> int:
    """Write the rules of INDEX into FILE: .jsonl or .ndjson, else a JSON array (also to stdout: -)."""
    return _export(env, "rule", index, file)


@synonyms.command("import")
@_INDEX
@_FROM
@_REPLACE
@_CHECK
@_FORCE
@click.pass_obj
def import_synonyms(env: str, index: str, file: str, *, replace: bool, check: bool, force: bool) -> int:
    """Store the synonyms of FILE by their objectID and wait until they are published; others stay.

    FILE: a JSON array or JSON lines as Algolia's clients and dashboard have them (-: stdin), or .csv with the columns
    objectID, type, input, word, placeholder, synonyms, corrections, replacements; of them synonyms is needed, and a
    list is one cell of comma-separated words. All is read first: one wrong entry, and nothing is stored.

    Where judgements are stored for the index, both definitions are asked the judged queries, and a lower nDCG@10 is
    refused. Exit status: 0 published (--check: could be), 1 refused or wrong, 3 stored but not published yet.

    \b
    tradewind synonyms export products synonyms.csv
    tradewind synonyms import products synonyms.csv --replace --check
    """
    return _import(env, "synonym", index, file, replace=replace, check=check, force=force)


@rules.command("import")
@_INDEX
@_FROM
@_REPLACE
@_CHECK
@_FORCE
@click.pass_obj
def import_rules(env: str, index: str, file: str, *, replace: bool, check: bool, force: bool) -> int:
    """Store the rules of FILE by their objectID and wait until they are published; others stay.

    FILE: a JSON array or JSON lines as Algolia's clients and dashboard have them (-: stdin). All is read first: one
    wrong rule, and nothing is stored.

    Where judgements are stored for the index, both definitions are asked the judged queries, and a lower nDCG@10 is
    refused. Exit status: 0 published (--check: could be), 1 refused or wrong, 3 stored but not published yet.

    \b
    tradewind rules export products rules.json
    tradewind rules import products rules.json --check
    """
    return _import(env, "rule", index, file, replace=replace, check=check, force=force)


def _export(env: str, kind: "Kind", index: str, file: str) -> int:
    from tradewind.cli.entry_loading import export_entries

    return export_entries(env, kind, index, file)


def _import(env: str, kind: "Kind", index: str, file: str, *, replace: bool, check: bool, force: bool) -> int:
    from tradewind.cli.entry_loading import import_entries

    return import_entries(env, kind, index, file, replace=replace, check=check, force=force)
