"""NumPy columns to PostgreSQL arrays and back in binary, a copy each: lists of numbers would cost ten times as much."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_HEAD = np.dtype([("dims", ">i4"), ("nulls", ">i4"), ("oid", ">u4"), ("n", ">i4"), ("first", ">i4")])
_TYPES = {"int4": (23, 1007, ">i4"), "int8": (20, 1016, ">i8"), "float8": (701, 1022, ">f8")}


class PgArray(bytes):
    """An encoded array. Its subclasses tell the driver the type."""

    of = ""
    __slots__ = ()

    @classmethod
    def encode(cls, values: npt.ArrayLike) -> PgArray:
        """A one-dimensional array without nulls, as array_recv takes it."""
        element, _, kind = _TYPES[cls.of]
        column = np.asarray(values)
        body = np.empty(len(column), [("len", ">i4"), ("value", kind)])
        body["len"], body["value"] = np.dtype(kind).itemsize, column
        head = np.array([(1, 0, element, len(column), 1)], _HEAD)
        return cls(head.tobytes() + body.tobytes())


class Int4s(PgArray):
    """int[]"""

    of = "int4"
    __slots__ = ()


class Int8s(PgArray):
    """bigint[]"""

    of = "int8"
    __slots__ = ()


class Float8s(PgArray):
    """float8[]"""

    of = "float8"
    __slots__ = ()


def decode(sent: bytes | None, of: str) -> npt.NDArray[np.generic]:
    """What `array_send(array_agg(…))` gave, as a column of "int4", "int8" or "float8"; empty for null."""
    kind = _TYPES[of][2]
    if not sent:
        return np.empty(0, kind)
    body = np.frombuffer(sent, [("len", ">i4"), ("value", kind)], offset=_HEAD.itemsize)
    return np.asarray(body["value"])


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PgArray) -> Buffer:
        return obj


def _register() -> None:
    for cls in (Int4s, Int8s, Float8s):
        dumper = type(f"{cls.__name__}Dumper", (_Dumper,), {"oid": _TYPES[cls.of][1]})
        psycopg.adapters.register_dumper(cls, dumper)


_register()
