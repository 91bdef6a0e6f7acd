"""Reading sealed segments with DuckDB, straight from the files that the catalogue names. It writes nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb

from mumian.core.kernel.errors import MumianError
from mumian.core.store.database import Row, Store
from mumian.core.store.faults import DiskFull, SegmentCorrupt


class Named(Protocol):
    """Something with a path under the home."""

    @property
    def path(self) -> str:
        """Relative to the home."""
        ...


_lock = threading.Lock()
_engine: duckdb.DuckDBPyConnection | None = None


def _connection() -> duckdb.DuckDBPyConnection:
    """A cursor of the process's one DuckDB; nothing is loaded from elsewhere."""
    global _engine  # noqa: PLW0603 - one engine a process, made on first use
    with _lock:
        if _engine is None:
            _engine = duckdb.connect(
                ":memory:",
                config={
                    "threads": 2,
                    "memory_limit": "1GB",
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                },
            )
            _engine.execute("set parquet_metadata_cache = true")
        return _engine.cursor()


def rows(
    store: Store,
    segments: Sequence[Named],
    columns: str,
    where: str,
    params: Mapping[str, Any],
    more: str = "",
) -> list[Row]:
    """`select columns from the segments where …`; columns, where and more are written here, values come by name.

    Raises SegmentCorrupt when a file is missing or does not read.
    """
    if not segments:
        return []
    files = [str(store.home / segment.path) for segment in segments]
    sql = f"select {columns} from read_parquet($files) where {where} {more}"
    cursor = _connection()
    try:
        return cursor.execute(sql, {**params, "files": files}).fetchall()
    except duckdb.Error as error:
        raise _corrupt(files, error) from error
    finally:
        cursor.close()


def copy(store: Store, parts: Sequence[Named], order: str, out: Path) -> None:
    """Write all rows of the parts into one Parquet file. Raises SegmentCorrupt when a part does not read."""
    files = [str(store.home / part.path) for part in parts]
    options = "(format parquet, compression zstd, row_group_size 65536)"
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    target = str(out).replace("'", "''")
    cursor = _connection()
    try:
        cursor.execute(f"copy (select * from read_parquet([{listed}]) {order}) to '{target}' {options}")
    except duckdb.Error as error:
        raise _corrupt(files, error) from error
    finally:
        cursor.close()


def _corrupt(files: list[str], error: duckdb.Error) -> MumianError:
    said = str(error).splitlines()[0][:200]
    if "No space left" in said:
        return DiskFull(detail=said)
    return SegmentCorrupt(path=next((f for f in files if f in str(error)), files[0]), detail=said)
