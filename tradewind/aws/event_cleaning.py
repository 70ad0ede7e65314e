"""The stores of the cleaning of events: within its function, and for the command."""

from collections.abc import Mapping

from tradewind.aws import clients
from tradewind.aws.cleaning_store import CleaningStore
from tradewind.aws.events_queue import EventsQueue
from tradewind.aws.identity_store import IdentityStore
from tradewind.aws.lake_store import LakeStore
from tradewind.aws.receipt_settlement import ReceiptSettlement
from tradewind.config import Config
from tradewind.deployment import Deployment
from tradewind.errors import InputError
from tradewind.events.cleaning.ports import CleaningSettings
from tradewind.events.settling.stores import EventStores


def stores_of_function(environ: Mapping[str, str]) -> EventStores:
    """Return the stores that the stack put into a function's environment. Raises: InputError naming what is missing."""
    return EventStores(
        cleanings=CleaningStore(clients.dynamodb(), _text(environ, "CLEANINGS_TABLE")),
        lake=LakeStore(clients.s3(), _text(environ, "LAKE_BUCKET")),
        receipts=ReceiptSettlement(clients.dynamodb(), _text(environ, "RECEIPTS_TABLE")),
        identities=IdentityStore(clients.dynamodb(), _text(environ, "IDENTITIES_TABLE")),
        queue=EventsQueue(clients.sqs(), _text(environ, "EVENTS_QUEUE_URL")),
        settings=CleaningSettings(
            duplicate_days=_number(environ, "DUPLICATE_DAYS"),
            session_gap_minutes=_number(environ, "SESSION_GAP_MINUTES"),
        ),
    )


def stores_of(deployment: Deployment, config: Config) -> EventStores:
    """Return the stores of a deployment, as the command uses them."""
    return EventStores(
        cleanings=CleaningStore(clients.dynamodb(), deployment.cleanings_table),
        lake=LakeStore(clients.s3(), deployment.lake_bucket),
        receipts=ReceiptSettlement(clients.dynamodb(), deployment.receipts_table),
        identities=IdentityStore(clients.dynamodb(), deployment.identities_table),
        queue=EventsQueue(
            clients.sqs(), _queue_url(deployment.events_queue), _queue_url(deployment.events_dead_letter_queue)
        ),
        settings=CleaningSettings(
            duplicate_days=config.events.duplicate_days, session_gap_minutes=config.events.session_gap_minutes
        ),
    )


def _queue_url(name: str) -> str:
    return clients.sqs().get_queue_url(QueueName=name)["QueueUrl"]


def _text(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError("environment variable", name, "set it (the stack does for its functions)")
    return environ[name]


def _number(environ: Mapping[str, str], name: str) -> int:
    text = _text(environ, name)
    if not text.isdecimal():
        raise InputError(name, repr(text), "give a whole number")
    return int(text)
