"""Judgements that guard the settings of an index: a csv object of each source, in the lake."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import quote

from tradewind.evaluation.judgement_files import as_csv, from_csv
from tradewind.evaluation.judgements import Judgement, Judgements, judge, together
from tradewind.lake import layout

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


Source = Literal["imported", "clicks"]


class JudgementStore:
    """Reads and replaces the stored judgements of indexes."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, index: str, judgements: Iterable[Judgement], source: Source = "imported") -> None:
        """Store judgements in place of those that were there from the same source."""
        body = as_csv(judgements).encode()
        self._client.put_object(Bucket=self._bucket, Key=_key(index, source), Body=body, ContentType="text/csv")

    def get(self, index: str, source: Source = "imported") -> Sequence[Judgement]:
        """Return the judgements of an index from one source, none where none were stored."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_key(index, source))
        except self._client.exceptions.NoSuchKey:
            return ()
        return tuple(from_csv(answer["Body"].read().decode()))

    def guarding(self, index: str) -> Judgements | None:
        """Return what guards the settings of an index, of both sources; None where nothing was stored."""
        imported, clicked = (self.get(index, source) for source in get_args(Source))
        return together(judge(imported) if imported else None, judge(clicked) if clicked else None)


def _key(index: str, source: Source) -> str:
    # A quoted name has no slash: no index can be called like the folder of another source.
    folder = "" if source == "imported" else f"{source}/"
    return f"{layout.JUDGEMENTS}{folder}{quote(index, safe='')}.csv"
