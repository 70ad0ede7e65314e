"""`tradewind settings`: read the settings of an index, change them where that does not rank worse."""

import json
from typing import Any

import click

_INDEX = click.option("--index", "name", default="products", show_default=True, metavar="NAME", help="Which index.")


@click.group()
def settings() -> None:
    """Read and change the settings of an index."""


@settings.command()
@_INDEX
@click.option("--json", "as_json", is_flag=True, help="One JSON object, which `settings set` takes.")
@click.pass_obj
def get(env: str, name: str, *, as_json: bool) -> int:
    """Print what was set; what is not there has its default (docs/relevance.md)."""
    from tradewind.cli.exit_status import DONE
    from tradewind.cli.setting import lines, stored_settings

    found = stored_settings(env, name)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return DONE
    for line in lines(found):
        click.echo(line)
    return DONE


@settings.command("set")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@_INDEX
@click.option("--force", is_flag=True, help="Publish although it ranks worse on the stored judgements.")
@click.option("--dry-run", is_flag=True, help="Compare, and change nothing.")
@click.pass_obj
def set_(env: str, file: Any, name: str, *, force: bool, dry_run: bool) -> int:
    """Change the settings that FILE (JSON; `-`: stdin) names and wait until they are published; null: the default.

    Algolia's names, and below `tradewind` ours. Where judgements are stored for the index (`tradewind evaluate
    judgements`), both settings are asked the judged queries, and a change with a lower nDCG@10 is refused.

    Exit status: 0 published (--dry-run: would be), 1 refused or wrong, 3 stored but not published yet.

    \b
    tradewind settings get --json > settings.json
    tradewind settings set settings.json
    echo '{"tradewind": {"weights": {"rrf_k": 30}}}' | tradewind settings set - --dry-run
    """
    from tradewind.cli.setting import change_settings

    return change_settings(env, name, file.read(), force=force, dry_run=dry_run)
