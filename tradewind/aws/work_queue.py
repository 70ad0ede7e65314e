"""A queue of work for one function, and its dead letters."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MAX_DELAY = 900  # seconds, quota of SQS


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was tried as often as the queue allows."""

    message_id: str
    body: str
    receipt: str


class WorkQueue:
    """Messages of one queue; without the address of its dead letters there are none."""

    def __init__(self, client: "SQSClient", url: str, dead_letters_url: str | None = None) -> None:
        self._client = client
        self.url = url
        self._dead_letters_url = dead_letters_url

    def postpone(self, body: str, *, seconds: int) -> None:
        """Send `body` again for later. A copy and not a longer wait: waiting for another load is no failed delivery."""
        self._send(body, min(seconds, _MAX_DELAY))

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters; they stay hidden from other callers for a minute."""
        if self._dead_letters_url is None:
            return []
        found: dict[str, DeadLetter] = {}
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._dead_letters_url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=0
            )
            fresh = [message for message in answer.get("Messages", []) if message["MessageId"] not in found]
            if not fresh:
                return list(found.values())
            for message in fresh:
                letter = DeadLetter(message["MessageId"], message["Body"], message["ReceiptHandle"])
                found[letter.message_id] = letter

    def redrive(self, letter: DeadLetter) -> None:
        """Send a dead letter again, then take it out of the dead letters (killed between: it is there twice)."""
        self._send(letter.body, 0)
        self.forget(letter)

    def forget(self, letter: DeadLetter) -> None:
        """Take a dead letter out of the dead letters."""
        if self._dead_letters_url is not None:
            self._client.delete_message(QueueUrl=self._dead_letters_url, ReceiptHandle=letter.receipt)

    def _send(self, body: str, delay: int) -> str:
        return self._client.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=delay)["MessageId"]
