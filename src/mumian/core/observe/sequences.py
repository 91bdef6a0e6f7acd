"""Which numbers of each device are taken and which are durable. Duplicates collapse here; `ack` comes from here.

A device numbers from 1 without gaps over all its topics; the acknowledged number is the end of the first run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any


class Runs:
    """A set of positive integers as sorted closed runs [lo, hi]; small as long as gaps are few."""

    __slots__ = ("_hi", "_lo")

    def __init__(self, runs: Iterable[tuple[int, int]] = ()) -> None:
        ordered = sorted(runs)
        self._lo = [lo for lo, _ in ordered]
        self._hi = [hi for _, hi in ordered]

    def add(self, n: int) -> bool:
        """Put `n` in; False when it was there."""
        i = bisect_right(self._lo, n) - 1
        if i >= 0 and n <= self._hi[i]:
            return False
        joins_left = i >= 0 and self._hi[i] == n - 1
        joins_right = i + 1 < len(self._lo) and self._lo[i + 1] == n + 1
        if joins_left and joins_right:
            self._hi[i] = self._hi[i + 1]
            del self._lo[i + 1], self._hi[i + 1]
        elif joins_left:
            self._hi[i] = n
        elif joins_right:
            self._lo[i + 1] = n
        else:
            self._lo.insert(i + 1, n)
            self._hi.insert(i + 1, n)
        return True

    def discard(self, n: int) -> None:
        """Take `n` out, if it is in."""
        i = bisect_right(self._lo, n) - 1
        if i < 0 or n > self._hi[i]:
            return
        lo, hi = self._lo[i], self._hi[i]
        left = [(lo, n - 1)] if lo < n else []
        right = [(n + 1, hi)] if n < hi else []
        self._lo[i : i + 1] = [lo for lo, _ in left + right]
        self._hi[i : i + 1] = [hi for _, hi in left + right]

    def __contains__(self, n: int) -> bool:
        i = bisect_right(self._lo, n) - 1
        return i >= 0 and n <= self._hi[i]

    def first_run_end(self) -> int:
        """Highest n such that 1…n are all in; 0 when 1 is missing."""
        return self._hi[0] if self._lo and self._lo[0] == 1 else 0

    def runs(self) -> list[tuple[int, int]]:
        return list(zip(self._lo, self._hi, strict=True))


def as_multirange(numbers: Sequence[int]) -> str:
    """`{[1,5],[9,9]}`: PostgreSQL's text form."""
    runs = Runs()
    for n in numbers:
        runs.add(n)
    return "{" + ",".join(f"[{lo},{hi}]" for lo, hi in runs.runs()) + "}"


class Sequences:
    """Taken and durable numbers of all devices; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: dict[str, Runs] = {}
        self._durable: dict[str, Runs] = {}

    def load(self, cur: Any) -> None:
        """Read what is durable, at start."""
        found: dict[str, list[tuple[int, int]]] = {}
        for device, lo, hi in cur.execute(
            "select device, lower(r), upper(r) - 1 from observe.device_seq, unnest(seen) r"
        ).fetchall():
            found.setdefault(device, []).append((lo, hi))
        self._taken = {device: Runs(runs) for device, runs in found.items()}
        self._durable = {device: Runs(runs) for device, runs in found.items()}

    def take(self, device: str, seq: int) -> bool:
        """Claim a number; False when it is stored or being stored: a duplicate."""
        with self._lock:
            return self._taken.setdefault(device, Runs()).add(seq)

    def settle(self, numbers: Mapping[str, Sequence[int]]) -> dict[str, int]:
        """After the commit: mark as durable; returns for each device the number to acknowledge (0: none yet)."""
        with self._lock:
            for device, seqs in numbers.items():
                durable = self._durable.setdefault(device, Runs())
                for seq in seqs:
                    durable.add(seq)
            return {device: self._durable[device].first_run_end() for device in numbers}

    def release(self, numbers: Mapping[str, Sequence[int]]) -> None:
        """Give back claimed numbers whose messages were not stored, so that they are taken when they are sent again."""
        with self._lock:
            for device, seqs in numbers.items():
                durable, taken = self._durable.get(device, Runs()), self._taken.get(device, Runs())
                for seq in seqs:
                    if seq not in durable:
                        taken.discard(seq)

    def acknowledged(self, device: str) -> int:
        """Up to which number everything of `device` is durable."""
        with self._lock:
            runs = self._durable.get(device)
            return runs.first_run_end() if runs else 0


def write(cur: Any, numbers: Mapping[str, Sequence[int]]) -> None:
    """Make `numbers` durable in the caller's transaction. Sorted by device, so that two writers cannot deadlock."""
    if not numbers:
        return
    devices = sorted(numbers)
    cur.execute(
        "insert into observe.device_seq (device, seen)"
        " select * from unnest(%s::text[], %s::text[]::int8multirange[])"
        " on conflict (device) do update set seen = observe.device_seq.seen + excluded.seen",
        (devices, [as_multirange(numbers[device]) for device in devices]),
    )


def stored(cur: Any, numbers: Mapping[str, Sequence[int]]) -> bool:
    """Whether `numbers`, which are written together or not at all, are durable already."""
    device, seq = next(((d, ns[0]) for d, ns in numbers.items() if ns), ("", 0))
    row = cur.execute(
        "select seen @> %s::int8 from observe.device_seq where device = %s", (seq, device)
    ).fetchone()
    return bool(row and row[0])
