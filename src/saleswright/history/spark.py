"""How does a cluster answer? The tables of an exported release as Spark's, and a reader like the one of a file.

One Spark session serves the process; every release has names of its own in it. Nothing here is imported by a workspace
that stays on DuckDB.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from saleswright.history.authored import EventType
from saleswright.history.compiled import Text
from saleswright.history.projected.view import for_spark
from saleswright.history.spark_text import Schema, argument, kinds, translated
from saleswright.kernel.definition import digest
from saleswright.lib.issue import FAILURE, USAGE, Issue, Stop

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# What answers stand on, whatever the machine's own settings say: instants without a zone, errors instead of nulls, names
# and texts as they are.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.variable.substitute": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parser.escapedStringLiterals": "false",
}
# For a machine by itself; a cluster's own settings hold for a cluster.
LOCAL = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
}
QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={(Path(__file__).parent / 'spark-log.properties').as_uri()}",
}
TYPES = {
    "VARCHAR": "STRING",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "BIGINT": "BIGINT",
    "INTEGER": "INT",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
}
# Half-even in whole numbers: amount x up / down, exact in 38 digits.
_WHOLE = "CAST(abs(CAST(minor AS DECIMAL(19, 0))) AS DECIMAL(19, 0)) * CAST(up AS DECIMAL(19, 0))"
EXCHANGE = f"""CREATE OR REPLACE TEMPORARY FUNCTION exchange(minor BIGINT, up BIGINT, down BIGINT) RETURNS BIGINT RETURN
CASE WHEN minor IS NULL OR up IS NULL OR down IS NULL THEN NULL ELSE
CAST(sign(minor) AS BIGINT) * (({_WHOLE}) DIV CAST(down AS DECIMAL(19, 0)) + CASE
  WHEN 2 * (({_WHOLE}) % CAST(down AS DECIMAL(19, 0))) > down THEN 1
  WHEN 2 * (({_WHOLE}) % CAST(down AS DECIMAL(19, 0))) = down AND (({_WHOLE}) DIV CAST(down AS DECIMAL(19, 0))) % 2 = 1
  THEN 1 ELSE 0 END) END"""
# Letters that are another with marks: (those letters, the letters themselves).
_MARKED = [
    (chr(code), bare)
    for code in range(0xC0, 0x2000)
    if (bare := "".join(c for c in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(c)))
    != chr(code)
    and len(bare) == 1
]
STRIP_ACCENTS = (
    "CREATE OR REPLACE TEMPORARY FUNCTION strip_accents(t STRING) RETURNS STRING RETURN "
    rf"""regexp_replace(translate(t, '{"".join(a for a, _ in _MARKED)}', '{"".join(b for _, b in _MARKED)}'), '\\p{{M}}+', '')"""
)
_lock = Lock()
_opened: dict[tuple[str, str, int, str], SparkSession] = {}
KEPT = 4


@dataclass(frozen=True)
class Events:
    """What was said here: the kinds as this workspace declares them, what the export says of each, the last that is seen."""

    kinds: Mapping[str, EventType] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    position: int = 0

    @property
    def form(self) -> str:
        """What the tables made of them depend on beside the files."""
        return digest([kind.form for kind in self.kinds.values()], 10)


NOTHING = Events()


class SparkReader:
    """An exported release, read by Spark: the same questions and the same answers as `engine.Reader`."""

    def __init__(self, session: SparkSession, schema: Schema) -> None:
        self.session = session
        self.schema = schema

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one query with bound parameters; all rows as tuples."""
        return [tuple(row) for row in self._run(sql, params).collect()]

    def table(self, sql: str, params: Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run one query; column names and rows."""
        frame = self._run(sql, params)
        return frame.columns, [tuple(row) for row in frame.collect()]

    def columns(self, sql: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run one query; each column whole, as a NumPy array (masked where values are missing), for numerical models."""
        import numpy as np
        from pyarrow.types import is_primitive

        made = {}
        found = self._run(sql, params).toArrow()
        for name, column in zip(found.column_names, found.columns, strict=True):
            missing = column.is_null().to_numpy()
            # Texts have no width that could be asked for.
            numbers = is_primitive(column.type) and column.type.bit_width >= 8
            filled = column.fill_null(0) if missing.any() and numbers else column
            made[name] = np.ma.masked_array(filled.to_numpy(), missing)
        return made

    def _run(self, sql: str, params: Mapping[str, Any] | None) -> DataFrame:
        given = dict(params or {})
        typed = kinds(given)
        text = sql.spark(typed) if isinstance(sql, Text) else translated(sql, typed, self.schema)
        frame = self.session.sql(text, args={name: argument(value) for name, value in given.items()} or None)
        instants = [field.name for field in frame.schema if field.dataType.typeName() == "timestamp"]
        # Python would be handed them in the zone of its machine.
        return frame.selectExpr(*(_plain(name, instants) for name in frame.columns)) if instants else frame

    def close(self) -> None:
        """Nothing to let go: the session stays for the next question."""


def _plain(name: str, instants: list[str]) -> str:
    return f"CAST(`{name}` AS TIMESTAMP_NTZ) AS `{name}`" if name in instants else f"`{name}`"


def reader(
    folder: str,
    tables: Mapping[str, Mapping[str, Any]],
    zone: str,
    settings: Mapping[str, str],
    events: Events = NOTHING,
) -> SparkReader:
    """A reader of the Parquet tables in a folder or object store, and of what was said here. Stop where there is no Spark."""
    imported = {name: tuple((column, sql) for column, sql in told["columns"]) for name, told in tables.items()}
    raw, made, texts = for_spark(events.kinds, events.told, events.position, imported)
    under = {f"{name}_imported" if name in made else name: columns for name, columns in imported.items()}
    files = {name: f"{name.removesuffix('_imported') if name not in imported else name}.parquet" for name in under}
    files |= {name: f"{name.removesuffix('_events')}.events.parquet" for name in raw}
    known: Schema = tuple({**under, **raw}.items())
    key = (folder, zone, events.position, events.form)
    with _lock:
        session = _opened.get(key)
        if session is None:
            session = _registered(spark(settings).newSession(), folder, known, files, zone)
            for name, text in texts.items():
                session.sql(f"CREATE OR REPLACE TEMPORARY VIEW `{name}` AS {translated(text, (), known)}")
            while len(_opened) >= KEPT:
                _opened.pop(next(iter(_opened)))
            _opened[key] = session
    return SparkReader(session, (*known, *made.items()))


def _registered(session: SparkSession, folder: str, known: Schema, files: Mapping[str, str], zone: str) -> SparkSession:
    for key, value in MEANING.items():
        session.conf.set(key, value)
    for name, columns in known:
        # With its columns told, no file is opened before it is asked.
        schema = ", ".join(f"`{column}` {TYPES[sql]}" for column, sql in columns)
        session.read.schema(schema).parquet(f"{folder}/{files[name]}").createOrReplaceTempView(name)
    session.sql(EXCHANGE)
    session.sql(STRIP_ACCENTS)
    quoted = zone.replace("\\", "").replace("'", "")
    session.sql(
        "CREATE OR REPLACE TEMPORARY FUNCTION local_day(t TIMESTAMP_NTZ) RETURNS DATE RETURN "
        f"CAST(convert_timezone('UTC', '{quoted}', t) AS DATE)"
    )
    session.sql(
        "CREATE OR REPLACE TEMPORARY FUNCTION local_time(t TIMESTAMP_NTZ, zone STRING) RETURNS TIMESTAMP_NTZ RETURN "
        "convert_timezone('UTC', zone, t)"
    )
    return session


def spark(settings: Mapping[str, str]) -> SparkSession:
    """The process's Spark session, started with these settings if there is none. Stop naming what is missing."""
    if importlib.util.find_spec("pyspark") is None:
        raise _missing("PySpark is not installed", 'pip install "saleswright[spark]", and Java 17')
    java = os.environ.get("JAVA_HOME")
    if not (Path(java, "bin", "java").exists() if java else shutil.which("java")):
        raise _missing(
            "there is no Java on this machine", "install Java 17, such as openjdk-17-jre-headless, or set JAVA_HOME"
        )
    from pyspark.errors import PySparkException
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    # The workers, should a setting ask for one, run what this process runs.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    master = settings.get("spark.master", "local[*]")
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", LOCAL["spark.driver.host"])
    chosen = {**QUIET, **(LOCAL if master.startswith("local") else {}), "spark.master": master, **settings, **MEANING}
    builder = SparkSession.builder.appName("saleswright")
    for key, value in chosen.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, RuntimeError) as error:
        raise Stop(
            Issue(
                "engine",
                f"Spark did not start: {str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}",
                "so nothing can be read",
                'look at [spark] in saleswright.toml, and at Java: 17 or later; engine = "duckdb" reads on this machine',
                code="no-spark",
            ),
            exit_code=FAILURE,
        ) from None
    # What went wrong is raised; it need not be logged as well, with the whole of Java's trace.
    PySparkLogger.getLogger("SQLQueryContextLogger").setLevel("CRITICAL")
    atexit.register(session.stop)
    return session


class Store:
    """Files in an object store, by whatever Spark is set up to reach it with."""

    def __init__(self, settings: Mapping[str, str], address: str) -> None:
        session: Any = spark(settings)
        self._jvm = session._jvm
        hadoop = session._jsc.hadoopConfiguration()
        self._files = self._jvm.org.apache.hadoop.fs.Path(address).getFileSystem(hadoop)

    def _path(self, address: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(address)

    def text(self, address: str) -> str | None:
        """What stands in a file; None when there is none."""
        path = self._path(address)
        if not self._files.exists(path):
            return None
        stream = self._files.open(path)
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def put(self, source: Path, address: str) -> None:
        """Copy a file of this machine there, over what is there."""
        self._files.copyFromLocalFile(False, True, self._path(source.as_uri()), self._path(address))

    def remove(self, address: str) -> None:
        """Delete a folder and what is in it."""
        self._files.delete(self._path(address), True)


def _missing(what: str, mend: str) -> Stop:
    return Stop(
        Issue(
            "saleswright.toml  engine",
            f'engine = "spark" was asked for, but {what}',
            "so nothing can be read",
            f'{mend}; or engine = "duckdb"',
            code="no-spark",
        ),
        exit_code=USAGE,
    )
