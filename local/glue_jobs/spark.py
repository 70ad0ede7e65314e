"""What a Spark job needs of this machine, and the settings that Glue has and the job's file has not."""

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.environments import find_java

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = Path(__file__).resolve().parent / "runtime"
INTERPRETER = ROOT / ".venvs" / "glue" / "bin" / "python"

# What Glue brings and PyPI's Spark lacks: an S3 file system and Iceberg, for Spark 3.5 with Hadoop 3.3.4.
PACKAGES = (
    "org.apache.hadoop:hadoop-aws:3.3.4",
    "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0",
)
DRIVER_MEMORY = "1g"  # the whole local stack is to stay small; what does not fit spills
_LOGGING = """rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.metrics.name = org.apache.hadoop.metrics2
logger.metrics.level = error
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where Spark's parts are; None where this machine has none."""

    java_home: Path | None
    python: Path | None

    @property
    def missing(self) -> str | None:
        """Say what has to be installed before a job can run, or None."""
        if self.java_home is None:
            command = "brew install openjdk@17" if platform.system() == "Darwin" else _DEBIAN_JAVA
            return f"Java 17 is needed for Spark and is not there: {command}; the run then begins by itself"
        if self.python is None:
            return "the Python environment .venvs/glue is needed for Spark and is not there: run `make up`"
        return None


_DEBIAN_JAVA = "sudo apt-get install openjdk-17-jre-headless"
FindMachine = Callable[[], Machine]


def this_machine() -> Machine:
    """Return what there is now; asked again before every run, since it may have been installed meanwhile."""
    java = find_java(os.environ)
    return Machine(java.resolve().parent.parent if java else None, INTERPRETER if INTERPRETER.exists() else None)


def job_environment(
    machine: Machine, *, folder: Path, endpoint: str, credentials: Mapping[str, str], python_path: list[Path]
) -> dict[str, str]:
    """Return the environment of a job's process; writes Spark's settings into `folder`."""
    configuration = folder / "conf"
    configuration.mkdir(parents=True)
    lines = (f"{name} {value}\n" for name, value in _settings(folder, endpoint).items())
    (configuration / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")
    (configuration / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **kept,
        **credentials,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "JAVA_HOME": str(machine.java_home),
        "SPARK_CONF_DIR": str(configuration),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": str(machine.python),
        "PYTHONPATH": os.pathsep.join(str(path) for path in [RUNTIME, *python_path]),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder),
    }


def _settings(folder: Path, endpoint: str) -> dict[str, str]:
    return {
        **_jars(os.environ),
        "spark.master": "local[2]",
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        # Glue says s3://, open-source Hadoop s3a://.
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
        "spark.hadoop.fs.s3a.change.detection.mode": "none",
        "spark.hadoop.fs.s3a.buffer.dir": str(folder),
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    }


def _jars(environ: Mapping[str, str]) -> dict[str, str]:
    """Return where Spark takes its jars from: a folder if there is one, else Maven."""
    folder = Path(environ.get("TRADEWIND_SPARK_JARS") or ROOT.parent / "shared" / "spark" / "jars")
    jars = sorted(folder.glob("*.jar")) if folder.is_dir() else []
    if jars:
        return {"spark.jars": ",".join(str(jar) for jar in jars)}
    return {"spark.jars.packages": ",".join(PACKAGES)}
