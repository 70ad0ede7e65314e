"""A queue that many threads change at once loses nothing: not in memory, and not in the journal."""

import json
import subprocess
from pathlib import Path

import pytest

from local import process

pytestmark = pytest.mark.cloud

# What ministack's threads do, one step after the other, in the order that loses a message.
_STEPS = """
import json, sys
from pathlib import Path
from local.durability import queues
from local.durability.journal import Journal
from ministack.services import sqs

queues.install(Journal(Path(sys.argv[1])))
sqs._queues["url"] = {"messages": [], "attributes": {}}
queue = sqs._queues["url"]
for name in ("taken", "waits"):
    queue["messages"].append({"id": name, "body": name})

# A consumer deletes what it took, as SQS's code does it ...
stay = [message for message in queue["messages"] if message["id"] != "taken"]
held = queue["messages"]
# ... while another thread puts a message between its look and its assignment,
queue["messages"].append({"id": "between", "body": "b"})
queue["messages"] = stay
# ... and a third has had the list in its hand since before.
held.append({"id": "late", "body": "l"})
print(json.dumps([message["id"] for message in queue["messages"]]))
"""


def test_a_message_that_comes_while_others_are_deleted_stays(cloud_environment: None, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    ran = subprocess.run(
        [process.INTERPRETER, "-c", _STEPS, str(journal)],
        cwd=process.REPOSITORY,
        env={"S3_PERSIST": "0", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout) == ["waits", "between", "late"]
    removed = [line["ids"] for line in map(json.loads, journal.read_text().splitlines()) if line["kind"] == "sqs-"]
    assert removed == [["taken"]]
