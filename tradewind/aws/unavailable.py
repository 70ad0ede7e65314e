"""Failures of the cloud, as the domain knows them."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.events.collecting.refusals import Unavailable


@contextmanager
def unavailable(what: str) -> Iterator[None]:
    """Raise Unavailable for any failure of an AWS call in the block; it names `what` and the kind of failure only."""
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"{what}: {error.response.get('Error', {}).get('Code', 'failed')}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{what}: {type(error).__name__}") from error
