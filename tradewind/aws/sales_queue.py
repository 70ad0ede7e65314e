"""The sales queue and its dead letters."""

import json

from tradewind.aws.work_queue import WorkQueue


class SalesQueue(WorkQueue):
    """Messages that ask for a load to be cleaned, rebuilt or removed."""

    def command(self, command: str, load: str) -> str:
        """Ask for `command` (rebuild, retry, remove) and return the id of the message."""
        return self._send(json.dumps({"command": command, "load": load}, ensure_ascii=False), 0)
