"""Where the parts of one deployment are: from the environment of a function, or computed for the command."""

from collections.abc import Mapping
from dataclasses import dataclass

from tradewind.config import Config, Limits
from tradewind.deployment import Deployment
from tradewind.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Names of what the sales path reads and writes."""

    env: str
    lake_bucket: str
    loads_table: str
    sales_job: str
    sales_queue_url: str | None = None  # None: asked for by the queue's name
    sales_queue: str | None = None
    sales_dead_letter_queue: str | None = None
    limits: Limits

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Return what the stack put into a function's environment. Raises: InputError naming what is missing."""
        return cls(
            env=_text(environ, "TRADEWIND_ENV"),
            lake_bucket=_text(environ, "LAKE_BUCKET"),
            loads_table=_text(environ, "LOADS_TABLE"),
            sales_job=_text(environ, "SALES_JOB"),
            sales_queue_url=_text(environ, "SALES_QUEUE_URL"),
            limits=Limits(
                spark_above=_bytes(environ, "SPARK_ABOVE"),
                max_unpacked_workbook=_bytes(environ, "MAX_UNPACKED_WORKBOOK"),
            ),
        )

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> "Settings":
        """Return what the run of a Glue job was told (`tradewind.aws.sales_job`); it has no limits to keep."""
        return cls(
            env=arguments["env"],
            lake_bucket=arguments["lake_bucket"],
            loads_table=arguments["loads_table"],
            sales_job=arguments["sales_job"],
            sales_queue_url=arguments["sales_queue_url"],
            limits=Limits(),
        )

    @classmethod
    def of(cls, deployment: Deployment, config: Config) -> "Settings":
        """Return the settings of the command for a deployment."""
        return cls(
            env=deployment.env,
            lake_bucket=deployment.lake_bucket,
            loads_table=deployment.loads_table,
            sales_job=deployment.sales_job,
            sales_queue=deployment.sales_queue,
            sales_dead_letter_queue=deployment.sales_dead_letter_queue,
            limits=config.limits,
        )


def _text(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError("environment variable", name, "set it (the stack does for its functions)")
    return environ[name]


def _bytes(environ: Mapping[str, str], name: str) -> int:
    text = _text(environ, name)
    if not text.isdecimal():
        raise InputError(name, repr(text), "give a whole number of bytes")
    return int(text)
