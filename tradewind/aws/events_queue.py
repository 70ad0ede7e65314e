"""The queue of raw events and its dead letters."""

from tradewind.aws.work_queue import WorkQueue
from tradewind.events.settling import messages


class EventsQueue(WorkQueue):
    """Messages that announce raw objects, or ask for a look or a rebuild."""

    def ask(self, request: messages.Request) -> str:
        """Ask for `request` and return the id of the message."""
        return self._send(messages.write(request), 0)
