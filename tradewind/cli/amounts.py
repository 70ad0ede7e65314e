"""Numbers as people read them."""

from tradewind.sales.loads import REASONS, Counts

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Return bytes in the largest unit that keeps a whole number before the point: 0 B, 23.7 MB (1 kB = 1024 B)."""
    amount = float(count)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError  # the last unit always returns


def accounting(counts: Counts) -> str:
    """Return what became of the rows: "10 read, 7 sales, 1 returns, 2 quarantined: 2 duplicate"."""
    text = (
        f"{counts.read:,} read, {counts.sales:,} sales, {counts.returns:,} returns, "
        f"{counts.total_quarantined:,} quarantined"
    )
    reasons = sorted(counts.quarantined.items(), key=lambda pair: (-pair[1], _place(pair[0])))
    by_reason = ", ".join(f"{rows:,} {reason}" for reason, rows in reasons if rows)
    return f"{text}: {by_reason}" if by_reason else text


def counted(count: int, one: str) -> str:
    """Return "1 load", "2 loads"."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def _place(reason: str) -> int:
    return REASONS.index(reason) if reason in REASONS else len(REASONS)
