"""`make up`: the local cloud started, deployed to and loaded. `python -m local.up`, after `local.environments`.

Each step can be killed and is done again, or found done, by the next run.
"""

import fcntl
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local import deploying, process, search_server, seeding
from local.encoder import ensure_encoder
from local.environments import ROOT, find_java, say
from local.home import Home
from tradewind.cli import steps
from tradewind.cli.target import address, find_target, home_folder
from tradewind.config import Config, config_for
from tradewind.deployment import LOCAL
from tradewind.errors import InputError, NotRunning
from tradewind.key_file import ensure_keys
from tradewind.search.index import IndexUnavailable

if TYPE_CHECKING:
    from tradewind.demo.journeys import JourneyEvent

_PRODUCTS = "products"  # the index of the shop
_SEARCHABLE_SECONDS = 120.0

# What a running server has in its memory.
SERVER_SOURCES = ("local", "tradewind/config.py", "tradewind/deployment.py", "tradewind/errors.py", "tradewind/lake")


class StepFailed(Exception):
    """A step of `make up` that could not be done; the text says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for: where, and what to load."""

    home: Path
    config: Config
    demo: bool
    workbook: Path | None


def main() -> int:
    """Bring the local cloud up and return the exit status."""
    started = time.monotonic()
    try:
        wish = read_wish(os.environ)
        with only_one(wish.home):
            bring_up(wish)
    except (StepFailed, InputError, NotRunning) as error:
        say("✗", f"error: {error}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("✗", "interrupted: `make up` goes on from here", sys.stderr)
        return 130
    print_addresses()
    say("✓", f"up in {time.monotonic() - started:.1f} s")
    return 0


def read_wish(environ: Mapping[str, str]) -> Wish:
    """Return what the environment asks for (TRADEWIND_HOME, DEMO, SALES and the overrides of Config).

    Raises: InputError for a DEMO that is neither 0 nor 1 or a missing workbook.
    """
    demo = environ.get("DEMO", "")
    if demo not in ("", "0", "1"):
        raise InputError("DEMO", repr(demo), "give 0 to start empty, or leave it out")
    sales = environ.get("SALES", "")
    workbook = Path(sales).expanduser().absolute() if sales else None
    if workbook is not None and not workbook.is_file():
        raise InputError("SALES", repr(sales), "there is no such file: give the path of a sales file")
    return Wish(home=home_folder(environ), config=config_for("local", environ), demo=demo != "0", workbook=workbook)


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the home while the block runs. Raises: InputError where another `make up` has it."""
    place = Home(home)
    place.make()
    with (place.root / ".up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system gives it back however we end
        except BlockingIOError as error:
            raise InputError("make up", f"for {home}", "another one is at work: wait until it is done") from error
        yield


def bring_up(wish: Wish) -> None:
    """Do the steps in order. Raises: StepFailed, InputError, NotRunning."""
    server = wish.config.search.server_url
    if server is not None:
        with step("OpenSearch"):
            search_server.ask(server)
    build_encoder(wish)
    start_cloud(wish)
    address(find_target("local", os.environ))
    if not wish.demo and wish.workbook is None and not deploying.was_deployed(wish.home):
        seeding.write_begun(wish.home, "empty")
    deploy(wish)
    register_keys(wish)
    load(wish)
    if server is not None:
        fill_server(server)
    sweep_indexes()
    open_index(wish)


def build_encoder(wish: Wish) -> None:
    """Build the query encoder where it is not there. Without it search is by words alone, and the shop still runs."""
    log = wish.home / "logs" / "encoder.log"
    started = time.monotonic()
    with steps.spinner("query encoder") if steps.on_terminal() else nullcontext():
        failed = ensure_encoder(log)
    if failed:
        say(
            "!", f"no query encoder, search is by words alone: {failed} (more in {log}; the next `make up` tries again)"
        )
    else:
        say("✓", f"query encoder ({time.monotonic() - started:.1f} s)")


def start_cloud(wish: Wish) -> None:
    """Start the cloud, or leave it running; one that runs from older code is started again."""
    # The server looks for Java where its own environment says, so that one that is new here asks for a new server.
    code = deploying.fingerprint_of(ROOT, SERVER_SOURCES, str(find_java(os.environ)))
    mark = wish.home / ".server-code"
    with step("local cloud"):
        if not (mark.exists() and mark.read_text() == code):
            process.stop(wish.home)
        process.start(wish.home, wish.config.ports)
        mark.write_text(code)


def deploy(wish: Wish) -> None:
    """Bootstrap and deploy where something changed since the last time."""
    wanted = deploying.fingerprint(ROOT, wish.config)
    there = stacks()
    if deploying.is_deployed(wish.home, wanted, there):
        say("✓", "stacks: nothing changed")
        return
    if not deploying.is_bootstrapped(there):
        cdk("bootstrap", deploying.bootstrap_arguments(wish.home), wish.home)
    cdk("deploy", deploying.deploy_arguments(wish.home), wish.home)
    process.snapshot(wish.home)
    prefix = LOCAL.stack("")
    deploying.mark_deployed(wish.home, wanted, [name for name in stacks() if name.startswith(prefix)])


def cdk(command: str, arguments: list[str], home: Path) -> None:
    """Run the real CDK command against the local cloud as a step."""
    log = home / "logs" / f"cdk-{command}.log"
    with step(f"cdk {command}"):
        try:
            deploying.run_cdk(ROOT, arguments, process.client_environment(home), log)
        except deploying.CdkFailed as error:
            text = f"it ended with:\n{_indented(str(error))}\n    all of it is in {log}; mend it and run `make up`"
            raise StepFailed(text) from error


def register_keys(wish: Wish) -> None:
    from tradewind.aws import clients
    from tradewind.aws.key_store import KeyStore

    with step("keys"):
        KeyStore(clients.dynamodb(), LOCAL.keys_table).register(ensure_keys(wish.home), datetime.now(UTC))


def load(wish: Wish) -> None:
    """Load what `seeding.decide` says, and say so."""
    from tradewind.aws import wiring

    stores = wiring.sales_stores()
    there = [each for each in stores.loads.list() if each.live_upload_id or each.state != "failed"]
    todo = seeding.decide(
        begun=seeding.read_begun(wish.home),
        has_real=any(not each.demo for each in there),
        has_demo=any(each.demo for each in there),
        demo_wanted=wish.demo,
        workbook=wish.workbook,
    )
    match todo:
        case seeding.Nothing(why):
            say("✓", why)
        case seeding.Workbook(path):
            _load_files((path,), "sales", demo=False)
        case seeding.Demo():
            seeding.write_begun(wish.home, "demo")
            _load_demo(wish)
            seeding.write_begun(wish.home, None)


def fill_server(url: str) -> None:
    """Let the OpenSearch that was asked for answer the indexes for which nobody chose an engine."""
    for name in search_server.undecided_indexes():
        with step(f"{name} on OpenSearch"):
            search_server.take_over(name, url)


def sweep_indexes() -> None:
    """Let the indexer look for what is missing, as the clock does every few minutes: vectors of a new encoder, say."""
    from tradewind.aws import clients

    name = LOCAL.function("index_products")
    clients.lambda_().invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")


def open_index(wish: Wish) -> None:
    """Search once, so that the first shopper's search is as fast as the next."""
    from local.first_search import search_first

    started = time.monotonic()
    target = find_target("local", os.environ)
    trouble = search_first(str(target.api_url), ensure_keys(wish.home), _PRODUCTS)
    if trouble:
        say("!", f"search does not answer yet: {trouble}")
    else:
        say("✓", f"search ({time.monotonic() - started:.1f} s)")


def print_addresses() -> None:
    """Print the addresses and keys, as `tradewind status` does."""
    from tradewind.cli.status import gather
    from tradewind.cli.status_page import lines

    print()
    for line in lines(gather("local")):
        print(line)
    print()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Run a step with a spinner and say how long it took. Raises: StepFailed naming the step."""
    started = time.monotonic()
    try:
        if steps.on_terminal():
            with steps.spinner(name):
                yield
        else:
            yield
    except (StepFailed, InputError, NotRunning, IndexUnavailable) as error:
        raise StepFailed(f"{name}: {error}") from error
    except OSError as error:
        raise StepFailed(f"{name}: {error}: mend it and run `make up`") from error
    except Exception as error:
        if not type(error).__module__.startswith(("botocore", "boto3", "s3transfer")):
            raise
        from tradewind.aws.failures import explain

        raise StepFailed(f"{name}: {explain(error)}") from error
    say("✓", f"{name} ({time.monotonic() - started:.1f} s)")


def _load_demo(wish: Wish) -> None:
    from tradewind.demo import generate

    with tempfile.TemporaryDirectory(prefix="tradewind-demo-") as folder:
        with step("demo shop generated"):
            shop = generate(Path(folder))
        _load_files(shop.files, "demo sales", demo=True)
        _load_demo_products(shop.products_file)
    _play_demo(wish, shop.events)


def _load_demo_products(file: Path) -> None:
    """Put the demo's products into their index, unless real ones are there, and wait until they can be searched."""
    from tradewind.aws import wiring
    from tradewind.catalog.importing.products import read_products
    from tradewind.cli.import_products import accounting
    from tradewind.cli.product_loading import bring_in, wait_until_searchable

    store = wiring.catalog_store()
    if any(each.name == _PRODUCTS and not each.demo for each in store.indexes()):
        say("✓", "demo products: left out, there are real ones")
        return
    with step("demo products"):
        brought = bring_in(store, _PRODUCTS, read_products(file), demo=True)
        if not wait_until_searchable(store, _PRODUCTS, brought, seconds=_SEARCHABLE_SECONDS):
            raise StepFailed(f"not searchable after {_SEARCHABLE_SECONDS:.0f} s: see the log of index_products")
    say("✓", f"demo products: {accounting(brought)}")


def _play_demo(wish: Wish, events: "Sequence[JourneyEvent]") -> None:
    """Send the demo shoppers' events through the collector and wait until they can be queried."""
    from local import demo_events
    from tradewind.aws import clients
    from tradewind.aws.key_store import KeyStore

    target = find_target("local", os.environ)
    with step("demo events"):
        keys = KeyStore(clients.dynamodb(), LOCAL.keys_table)
        demo_events.send(events, wish.home, api_url=str(target.api_url), keys=keys)
        accounts = demo_events.settle()
    about = f"{accounts.accepted:,} accepted, {accounts.clean:,} clean, {accounts.duplicate:,} duplicate"
    waiting = f", {accounts.in_flight:,} on their way" if accounts.in_flight else ""
    say("✓", f"demo events: {about}, {accounts.dropped:,} dropped{waiting}")


def _load_files(files: tuple[Path, ...], what: str, *, demo: bool) -> None:
    from tradewind.aws import wiring
    from tradewind.cli.amounts import accounting
    from tradewind.cli.loading import Replaced, Source, bring_in

    stores = wiring.sales_stores()
    for file in files:
        with step(f"{what} {file.name}"):
            try:
                loaded = bring_in(stores, Source(file.name, (file,), demo=demo)).load
            except Replaced as error:
                raise StepFailed(str(error)) from error
            if loaded.state == "failed":
                raise StepFailed(f"not loaded: {loaded.message}")
        about = accounting(loaded.counts) if loaded.counts else loaded.message or loaded.state
        say("✓" if loaded.state == "clean" else "!", f"{file.name}: {about}")


def stacks() -> dict[str, str]:
    """Return name -> status of the stacks in the local cloud."""
    from tradewind.aws import clients

    pages = clients.cloudformation().get_paginator("describe_stacks").paginate()
    return {stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"]}


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
