"""Invoices that a load has in common with others."""

from tradewind.aws import athena, clients
from tradewind.deployment import Deployment

# The view `shared_invoices` names two loads an invoice; this names every other load of one.
_SHARED = """
select others.load, count(distinct others.invoice_no) as invoices
from sales as others
where others.load <> {load}
  and others.invoice_no in (select own.invoice_no from sales as own where own.load = {load})
group by others.load
order by others.load
"""


class SharedInvoices(Exception):
    """The invoices could not be compared; the text is Athena's reason."""


def shared_with(load: str) -> list[tuple[str, int]]:
    """Return (other load, number of invoices that are also in `load`). Raises: SharedInvoices."""
    sql = _SHARED.format(load="'" + load.replace("'", "''") + "'")
    try:
        result = athena.query(clients.athena(), sql, database=Deployment.database, workgroup=Deployment.workgroup)
    except athena.QueryFailed as error:
        raise SharedInvoices(str(error)) from error
    return [(str(other), int(invoices or 0)) for other, invoices in result.rows]
