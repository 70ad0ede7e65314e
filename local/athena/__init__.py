"""The Athena API of the local cloud, answered by DuckDB.

`install` registers it ahead of ministack, whose own Athena knows neither Trino's functions nor views and projections.
Workgroups, named queries and catalogues stay ministack's, because CloudFormation creates them there.
"""

from pathlib import Path


def install(home: Path) -> None:
    """Answer Athena's query operations; `home` is the local cloud's data folder."""
    from local.athena.registration import register

    register(home)
