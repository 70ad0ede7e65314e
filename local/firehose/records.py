"""What passes through a delivery stream."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """One record as it was put; `arrived` in seconds since the epoch, `data` in base64."""

    shard: str
    sequence: str
    key: str
    arrived: float
    data: str

    @property
    def record_id(self) -> str:
        """The id by which Firehose and the function name it; of a Kinesis record that is its number."""
        return f"{self.sequence}000000"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A record and what is to be written of it."""

    source: Source
    content: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that goes below the error prefix; `kind` is the error output type, `raw` what is kept, in base64."""

    source: Source
    kind: str
    code: str
    message: str
    raw: str
    attempts: int = 1


PROCESSING, CONVERSION = "processing-failed", "format-conversion-failed"
