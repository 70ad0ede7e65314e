"""Failures of the cloud, as the domain knows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from tradewind.errors import Unavailable

# What AWS answers where the same request works a moment later; its clients have tried again by then.
_BUSY: Final = frozenset(
    {
        *("ProvisionedThroughputExceededException", "ThrottlingException", "ThrottledException", "Throttling"),
        *("RequestLimitExceeded", "RequestThrottledException", "TooManyRequestsException", "SlowDown"),
        *("TransactionConflictException", "TransactionInProgressException"),
        *("InternalServerError", "InternalError", "ServiceUnavailable", "ServiceUnavailableException"),
    }
)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Raise Unavailable where AWS is too busy or cannot be reached; failures that will not pass are raised as they
    are, for somebody has to look at them."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _BUSY:
            raise Unavailable(f"{what}: {code}") from error
        raise
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable(f"{what}: {type(error).__name__}") from error


@contextmanager
def unavailable(what: str) -> Iterator[None]:
    """Raise Unavailable for any failure of an AWS call in the block; it names `what` and the kind of failure only."""
    try:
        yield
    except ClientError as error:
        raise Unavailable(f"{what}: {error.response.get('Error', {}).get('Code', 'failed')}") from error
    except BotoCoreError as error:
        raise Unavailable(f"{what}: {type(error).__name__}") from error
