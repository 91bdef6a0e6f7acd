"""Observations from a CSV or Parquet file, as the HTTP batch takes them: device, seq, time, values.

It refuses files that are no table of observations. What a cell says is judged where all messages are: a wrong value goes
through as it stands, and is quarantined with its reason like any other.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mumian.core.kernel.clock import iso_us, parse
from mumian.core.kernel.errors import BadInput

KEYS = ("device", "seq", "time")
LONG = {"quantity", "value"}
SHAPE = "columns device, seq, time and one a quantity such as heart_rate_bpm; or device, seq, time, quantity, value"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FLAGS = {"true": True, "false": False}


def read(file: Path) -> Iterator[dict[str, Any]]:
    """One observation after the other. Raises BadInput naming the file, the line and what would do."""
    if not file.is_file():
        raise BadInput(detail=f"{file}: no such file")
    if file.suffix.lower() not in _READERS:
        raise BadInput(detail=f"{file}: a name ending in {' or '.join(_READERS)} is meant")
    columns, rows = _READERS[file.suffix.lower()](file)
    _check_columns(file, columns)
    return _merged(rows) if set(columns) >= LONG else (_wide(row) for row in rows)


def size(file: Path) -> int:
    """About how many rows there are, to show how far an import is."""
    if file.suffix.lower() == ".parquet":
        from pyarrow import parquet

        return int(parquet.read_metadata(file).num_rows)
    with file.open("rb") as raw:
        return sum(part.count(b"\n") for part in iter(lambda: raw.read(1 << 20), b""))


Rows = Iterable[dict[str, Any]]


def _csv(file: Path) -> tuple[list[str], Rows]:
    handle = file.open(encoding="utf-8-sig", newline="")
    reader = csv.DictReader(handle)
    try:
        columns = [str(name).strip() for name in reader.fieldnames or ()]
    except UnicodeDecodeError:
        raise BadInput(detail=f"{file}: not UTF-8 text; save it as CSV UTF-8") from None
    reader.fieldnames = columns

    def rows() -> Iterator[dict[str, Any]]:
        with handle:
            try:
                for row in reader:
                    if None in row:
                        raise BadInput(
                            detail=f"{file}, line {reader.line_num}: more cells than the {len(columns)} columns"
                        )
                    yield {name: _cell(name, text) for name, text in row.items()}
            except (UnicodeDecodeError, csv.Error) as error:
                raise BadInput(
                    detail=f"{file}, after line {reader.line_num}: {error}; save it as CSV UTF-8"
                ) from None

    return columns, rows()


def _cell(name: str, text: str | None) -> Any:
    """A cell's value: a number where it is one, else the text as it stands; None for an empty cell."""
    text = (text or "").strip()
    if not text:
        return None
    if name in ("device", "quantity"):
        return text
    if name in ("seq", "time"):
        return int(text) if text.isdecimal() else text
    return float(text) if _NUMBER.fullmatch(text) else _FLAGS.get(text.lower(), text)


def _parquet(file: Path) -> tuple[list[str], Rows]:
    from pyarrow import ArrowException, parquet

    try:
        table = parquet.ParquetFile(file)
    except (ArrowException, OSError) as error:
        raise BadInput(detail=f"{file}: not Parquet ({str(error)[:100]})") from None

    def rows() -> Iterator[dict[str, Any]]:
        with table:
            for batch in table.iter_batches(10_000):
                for row in batch.to_pylist():
                    yield {**row, "time": _stamp(row.get("time"))}

    return list(table.schema_arrow.names), rows()


def _stamp(value: Any) -> Any:
    """A time column's instant as ISO 8601; anything else as it stands."""
    if not hasattr(value, "tzinfo"):
        return value
    return iso_us(parse(value)) if value.tzinfo else value.isoformat()


_READERS = {".csv": _csv, ".parquet": _parquet}


def _check_columns(file: Path, columns: list[str]) -> None:
    missing = [name for name in KEYS if name not in columns]
    if missing:
        raise BadInput(detail=f"{file}, line 1: column {missing[0]!r} is missing; {SHAPE}")
    if len(set(columns)) < len(columns):
        raise BadInput(detail=f"{file}, line 1: a column stands there twice")
    if len(columns) == len(KEYS) or (LONG & set(columns) and not set(columns) >= LONG):
        raise BadInput(detail=f"{file}, line 1: no values; {SHAPE}")


def _wide(row: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if name not in KEYS and value is not None}
    return {**{name: row.get(name) for name in KEYS}, "values": values}


def _merged(rows: Rows) -> Iterator[dict[str, Any]]:
    """Long form: rows that follow each other with the same device, seq and time are one message."""
    held: dict[str, Any] | None = None
    for row in rows:
        head = {name: row.get(name) for name in KEYS}
        if held is not None and any(held[name] != head[name] for name in KEYS):
            yield held
            held = None
        held = held or {**head, "values": {}}
        held["values"][row.get("quantity") or ""] = row.get("value")
    if held is not None:
        yield held
