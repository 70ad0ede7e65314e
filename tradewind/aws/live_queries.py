"""What shoppers ask most, from the view of their searches."""

from collections.abc import Sequence

from botocore.exceptions import ClientError

from tradewind.aws import athena, clients
from tradewind.deployment import Deployment


def live_queries(index: str, most: int) -> Sequence[str]:
    """Return the most frequent queries of an index, that of most searches first; the empty one is none.

    Raises: QueryFailed where the view cannot be read.
    """
    wanted = index.replace("'", "''")
    sql = (
        f"select query from top_queries where index_name = '{wanted}' and query <> '' "  # noqa: S608 - quoted above
        f"order by searches desc, query limit {most}"
    )
    try:
        found = athena.query(clients.athena(), sql, database=Deployment.database, workgroup=Deployment.workgroup)
    except ClientError as error:
        raise athena.QueryFailed(str(error)) from error
    return [row[0] for row in found.rows if row[0]]
