"""How the query operations sit in the emulator."""

import asyncio
import copy
from pathlib import Path
from typing import Any

from ministack.services import athena

from local import services
from local.athena.api import InvalidRequest, QueryApi
from local.athena.emulator import EmulatedLake
from local.athena.engine import Engine
from local.athena.executions import ENGINE_VERSION, ExecutionLog


def register(home: Path) -> None:
    """Answer the query operations ahead of ministack's Athena."""
    lake = EmulatedLake()
    engine = Engine(lake, scratch=home / "athena" / "running")
    log = ExecutionLog(home / "athena" / "executions")
    api = QueryApi(lake, engine, log, workgroup=_workgroup)

    async def answer(request: services.Request) -> services.Response | None:
        if request.operation == "GetWorkGroup":
            return _shown_workgroup(request.body)
        if request.operation == "GetTableMetadata":
            return _absent_table(lake, request.body)
        try:
            body = await asyncio.to_thread(api.call, request.operation, request.body)
        except InvalidRequest as error:
            return services.refused("InvalidRequestException", str(error))
        return None if body is None else services.Response(body)

    services.register("athena", answer)


def _workgroup(name: str) -> dict[str, Any] | None:
    athena._ensure_default_workgroup()
    return athena._workgroups.get(name)  # type: ignore[no-any-return]


def _shown_workgroup(body: Any) -> services.Response | None:
    # A workgroup of CloudFormation's has no engine version in ministack; clients read the effective one.
    group = _workgroup(str(body.get("WorkGroup")))
    if group is None:
        return services.refused("InvalidRequestException", f"WorkGroup {body.get('WorkGroup')} is not found.")
    shown = copy.deepcopy(group)
    configuration = shown.setdefault("Configuration", {})
    configuration.setdefault("EngineVersion", ENGINE_VERSION).setdefault(
        "EffectiveEngineVersion", ENGINE_VERSION["EffectiveEngineVersion"]
    )
    configuration.setdefault("ResultConfiguration", {})
    configuration.setdefault("EnforceWorkGroupConfiguration", False)
    return services.Response({"WorkGroup": shown})


def _absent_table(lake: EmulatedLake, body: Any) -> services.Response | None:
    # ministack answers an unknown table with an empty one.
    database, name = str(body.get("DatabaseName")).lower(), str(body.get("TableName")).lower()
    if lake.table(database, name) is None:
        return services.refused("MetadataException", f"Table {database}.{name} not found")
    return None
