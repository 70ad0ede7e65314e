"""Which calls change what a snapshot holds, and so are answered only after one."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs

from local.durability import tables

_READS = re.compile(
    "(Get|List|Describe|Batch(Get|Describe|Check)|Query|Scan|Select|Search|Lookup|Head|Test|Simulate|Validate|Estimate"
    "|Detect|Preview|Filter|Check|Decode|Receive|Poll|Verify|Encrypt|Decrypt|GenerateDataKey|Assume)[A-Z]?.*"
)
# Not kept over a restart, or not worth a wait: sessions, logs, measurements, calls to the shop's own API.
_NOT_KEPT = frozenset({"sts", "logs", "monitoring", "xray", "execute-api"})
# Changes with a journal of their own, or that their own service keeps.
_PASSING = {
    "athena": frozenset({"StartQueryExecution", "StopQueryExecution"}),
    "glue": frozenset({"StartJobRun", "BatchStopJobRun", "StartCrawler", "StopCrawler"}),
    "events": frozenset({"PutEvents"}),
    "firehose": frozenset({"PutRecord", "PutRecordBatch"}),
    "kinesis": frozenset({"PutRecord", "PutRecords"}),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset(
        {
            "SendMessage",
            "SendMessageBatch",
            "DeleteMessage",
            "DeleteMessageBatch",
            "ChangeMessageVisibility",
            "ChangeMessageVisibilityBatch",
            "PurgeQueue",
        }
    ),
}
# CloudFormation goes on after its answer; the end is seen, and kept, when somebody asks for it.
STACK_CHANGES = frozenset(
    {"CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet", "RollbackStack", "ContinueUpdateRollback"}
)
_CREDENTIAL = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_INVOCATION = re.compile(r"/2015-03-31/functions/[^/]+/invocations")


class Call:
    """What of an HTTP call tells whether it changes anything."""

    def __init__(self, method: str, path: str, query: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        named: Mapping[bytes, bytes] = dict(headers)
        self.method = method
        self.path = path
        self.query = parse_qs(query, keep_blank_values=True)
        scope = _CREDENTIAL.search(named.get(b"authorization", b"").decode("latin-1"))
        self.service = scope[1] if scope else ""
        self.operation = named.get(b"x-amz-target", b"").decode("latin-1").rpartition(".")[2]
        self.is_form = named.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded")
        self._form = b""

    def note(self, body: bytes) -> None:
        """Note a piece of a form's body: older services name their operation there."""
        self._form += body
        self.operation = parse_qs(self._form.decode("latin-1")).get("Action", [""])[0]

    def changes_snapshot(self) -> bool:
        """Whether the answer must wait for a snapshot."""
        if not self.service or self.service in _NOT_KEPT:
            return False
        if self.operation:
            kept = tables.journalled(self.service, self.operation)
            passing = self.operation in _PASSING.get(self.service, ())
            return not (kept or passing or _READS.fullmatch(self.operation))
        if self.method in ("GET", "HEAD", "OPTIONS"):
            return False
        if self.service == "s3":
            return self._changes_bucket()
        return not (self.service == "lambda" and _INVOCATION.fullmatch(self.path))

    def _changes_bucket(self) -> bool:
        """Objects are on the disk before they are answered; what is said of a bucket is in the snapshot."""
        bucket, _, key = self.path.lstrip("/").partition("/")
        return bool(bucket) and not key and "delete" not in self.query
