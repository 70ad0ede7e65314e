"""Glue crawlers of the local cloud: StartCrawler really looks at the files (`local.crawling`) and makes tables."""

import asyncio
import contextvars
import logging
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack.services import glue

from local import services
from local.athena.emulator import EmulatedLake
from local.athena.lake import split_location
from local.crawling import crawl, glue_table

logger = logging.getLogger("tradewind.crawler")


def install(home: Path) -> Callable[[], Awaitable[None]]:
    """Answer StartCrawler; what is returned ends crawls that a stop of the server cut off."""
    lake = EmulatedLake()

    async def answer(request: services.Request) -> services.Response | None:
        if request.operation != "StartCrawler":
            return None
        name = str(request.body.get("Name"))
        crawler = glue._crawlers.get(name)
        if crawler is None:
            return services.refused("EntityNotFoundException", f"Crawler with name {name} does not exist")
        if crawler["State"] != "READY":
            return services.refused("CrawlerRunningException", f"Crawler with name {name} has already started")
        crawler["State"] = "RUNNING"
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_run, lake, crawler), name="crawler", daemon=True).start()
        return services.Response({})

    services.register("glue", answer)

    async def start() -> None:
        for crawler in await asyncio.to_thread(lambda: list(glue._crawlers.values())):
            if crawler["State"] != "READY":
                _end(crawler, "CANCELLED", "the local cloud was stopped while it ran: start it again", time.time())

    return start


def _run(lake: EmulatedLake, crawler: dict[str, Any]) -> None:
    began = time.time()
    try:
        message = _crawl_targets(lake, crawler)
    except Exception as error:  # a crawl's failure is told in its record
        logger.exception("crawler %s", crawler["Name"])
        _end(crawler, "FAILED", f"{type(error).__name__}: {error}", began)
    else:
        _end(crawler, "SUCCEEDED", message, began)


def _crawl_targets(lake: EmulatedLake, crawler: dict[str, Any]) -> str:
    database, prefix = crawler["DatabaseName"], crawler.get("TablePrefix") or ""
    made: list[str] = []
    left_out: dict[str, str] = {}
    for target in crawler["Targets"].get("S3Targets") or []:
        bucket, folder = split_location(target["Path"])
        folder = folder.rstrip("/") + "/" if folder else ""
        found = crawl(lake.objects(bucket, folder), folder, exclusions=target.get("Exclusions") or [])
        left_out |= found.left_out
        for table in found.tables:
            table_input = glue_table(table, bucket=bucket, prefix=prefix, crawler=crawler["Name"])
            lake.create_table(database, table_input, replace=True)
            made.append(prefix + table.name)
    told = f"tables: {', '.join(made) or 'none'}"
    if left_out:
        shown = "; ".join(f"{key}: {why}" for key, why in list(left_out.items())[:20])
        told += f". {len(left_out)} files are in no table: {shown}"
    return told


def _end(crawler: dict[str, Any], status: str, message: str, began: float) -> None:
    crawler["CrawlElapsedTime"] = round((time.time() - began) * 1000)
    crawler["LastCrawl"] = {
        "Status": status,
        "ErrorMessage": message,  # Glue's record has no other place for words
        "LogGroup": "/aws-glue/crawlers",
        "LogStream": crawler["Name"],
        "MessagePrefix": uuid.uuid4().hex,
        "StartTime": began,
    }
    crawler["State"] = "READY"
