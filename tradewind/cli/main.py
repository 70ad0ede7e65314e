"""The `tradewind` command. Subcommands are imported when they are asked for, so that `--help` is quick."""

import sys
from importlib import import_module

import click

from tradewind.errors import InputError, NotRunning

# name -> (module:attribute, first line of its help). The help is repeated here so that listing imports nothing.
_COMMANDS = {
    "evaluate": ("tradewind.cli.evaluate:evaluate", "Measure the answers of search against judgements."),
    "events": ("tradewind.cli.events:events", "Follow events as they arrive."),
    "import": ("tradewind.cli.import_files:import_group", "Load sales into the lake, products into an index."),
    "index": ("tradewind.cli.index:index", "Move an index to OpenSearch: backfill, compare, flip."),
    "keys": ("tradewind.cli.keys:keys", "Make, list, revoke and rotate keys."),
    "loads": ("tradewind.cli.loads:loads", "List the loads and their state."),
    "produce": ("tradewind.cli.produce:produce", "Send the sale lines of a file as events."),
    "quarantine": ("tradewind.cli.quarantine:quarantine", "Look at what was set aside, try again."),
    "rebuild": ("tradewind.cli.rebuild:rebuild_group", "Clean again from the raw files."),
    "rules": ("tradewind.cli.entries:rules", "Write and read the rules of an index."),
    "search": ("tradewind.cli.search:search", "Search an index and see why each product is there."),
    "settings": ("tradewind.cli.settings:settings", "Read and change the settings of an index."),
    "sql": ("tradewind.cli.sql:sql", "Ask Athena and print the rows."),
    "status": ("tradewind.cli.status:status", "Show addresses, keys, what is running, what is stored."),
    "synonyms": ("tradewind.cli.entries:synonyms", "Write and read the synonyms of an index."),
}

INTERRUPTED = 130  # as a shell reports a program that Ctrl-C ended


class _LazyGroup(click.Group):
    """A group whose commands are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _version(ctx: click.Context, _parameter: click.Parameter, *, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"tradewind {version('tradewind')}")
    ctx.exit()


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    _version(ctx, parameter, value=value)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show version."
)
@click.option(
    "--env",
    type=click.Choice(["local", "dev", "prod"]),
    default="local",
    envvar="TRADEWIND_ENV",
    show_default=True,
    show_envvar=True,
    help="Which deployment: the local cloud, or dev or prod in the account of your AWS profile.",
)
@click.pass_context
def cli(ctx: click.Context, env: str) -> None:
    """A shop's data cloud: load sales files, ask SQL, see what is there.

    Exit status: 0 done, 1 not done (the reason is on stderr), 2 wrong usage, 3 accepted but waiting for something.
    """
    ctx.obj = env


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the user's mistakes end with one line on stderr and status 1, never with a trace."""
    try:
        status = cli.main(args=arguments, prog_name="tradewind", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except (InputError, NotRunning) as error:
        _fail(str(error))
    except BrokenPipeError:
        # The reader of our output (`| head`) has seen enough; Python would complain once more when it flushes.
        sys.stdout = None
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'system'}: {error.strerror or error}")
    except Exception as error:
        told = _of_aws(error)
        if told is None:
            raise
        _fail(told)
    else:
        sys.exit(status if isinstance(status, int) else 0)


def _of_aws(error: Exception) -> str | None:
    """Return the text for an error of an AWS client, None for any other."""
    if not type(error).__module__.startswith(("botocore", "boto3", "s3transfer")):
        return None
    from tradewind.aws.failures import explain

    return explain(error)


def _fail(text: str) -> None:
    click.echo(f"error: {text}", err=True)
    sys.exit(1)
