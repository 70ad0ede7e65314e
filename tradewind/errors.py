"""What cannot be done, said so that somebody can mend it: the caller's doing, or a cloud's that does not answer."""

from dataclasses import dataclass


@dataclass(unsafe_hash=True)  # not frozen: `with` blocks set __traceback__ on the exceptions that pass through them
class InputError(Exception):
    """Input that cannot be used: which field, which value, what to do.

    The text is complete and is shown to a user as it is: "field: value: way out".
    """

    field: str
    value: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.field} {self.value}: {self.way_out}"


class NotRunning(Exception):
    """The cloud that a command needs does not answer; the text says how to start it."""


@dataclass(unsafe_hash=True)
class Unavailable(Exception):
    """A part of the cloud did not do what it was asked; `what` names part and reason, without ids and values."""

    what: str

    def __str__(self) -> str:
        return self.what
