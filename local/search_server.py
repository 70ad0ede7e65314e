"""The OpenSearch that `make up ENGINE=opensearch` was given: whether it is there, and what it is to answer."""

from tradewind.config import HOW_TO_GET_OPENSEARCH
from tradewind.errors import InputError
from tradewind.search.index import IndexUnavailable


def ask(url: str) -> None:
    """See that a server answers. Raises: InputError with how to get one."""
    from tradewind.aws.opensearch_client import connect, unavailable

    try:
        with unavailable("it"):
            connect(url, "server").info()
    except IndexUnavailable as error:
        raise InputError("OPENSEARCH_URL", f"{url!r}: {error}", f"or {HOW_TO_GET_OPENSEARCH}") from error


def undecided_indexes() -> list[str]:
    """Return the indexes for which nobody chose an engine."""
    from tradewind.aws import wiring
    from tradewind.aws.answering_engines import undecided

    return undecided(wiring.snapshot_store())


def take_over(name: str, url: str) -> None:
    """Fill an index of the server and let it answer. Raises: InputError, IndexUnavailable."""
    from tradewind.aws.opensearch_wiring import ClusterAddress
    from tradewind.cli.moving import backfill, flip_to_cluster

    server = ClusterAddress(url, "server")
    backfill("local", name, server)
    flip_to_cluster("local", name, server)
