"""The order of day and month in dates that are written with slashes."""

from tradewind.errors import InputError


def decide_date_order(day_first: str | None, month_first: str | None, undecided: str | None) -> str:
    """Return 'dmy' or 'mdy', from a sample of each kind of date (the one row of sales/date_order.sql).

    Raises: InputError where the dates speak for both orders, or for neither.
    """
    if day_first and month_first:
        raise InputError(
            "invoice_date",
            f"{day_first!r} has the day first, {month_first!r} the month",
            "write all dates as YYYY-MM-DD HH:MM:SS",
        )
    if undecided and not (day_first or month_first):
        raise InputError(
            "invoice_date",
            f"{undecided!r} could have the day or the month first, and no date of the load has a day above 12",
            "write all dates as YYYY-MM-DD HH:MM:SS",
        )
    return "dmy" if day_first else "mdy"
