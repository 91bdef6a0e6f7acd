"""Kill -9 of a process that appends, acknowledges and seals: whatever it acknowledged is there afterwards, once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from tests.core.store.scopes import scope

from mumian.core.store import Store, events, telemetry, verify
from mumian.core.store.postgres import Launcher

LAUNCHER = Launcher(settings={"fsync": "off"})  # the process dies, not the machine
EVER = 2**60

CHILD = """
    import sys, threading
    from pathlib import Path
    from mumian.core.store import Store, events, migrate, telemetry
    from mumian.core.store.postgres import Launcher

    home, begin = Path(sys.argv[1]), int(sys.argv[2])
    server = Launcher(settings={"fsync": "off"}).start(home)
    store = Store(server.dsn, home)
    migrate(store, ["store"])

    def seal():
        while True:
            telemetry.seal(store, force=True)

    threading.Thread(target=seal, daemon=True).start()
    for number in range(begin, begin + 10**6, 10):
        with store.tx() as cur:
            series = telemetry.series_id(cur, "d1", "heart_rate_bpm", "1/min")
            telemetry.append_points(cur, [series] * 10, range(number, number + 10), 1, [0.5] * 10)
            events.append(cur, "alarm", number, "replay", str(number), {})
        print(number, flush=True)
"""


def live_and_die(home: Path, begin: int, seconds: float) -> int:
    """Let a child append from `begin` on, kill it after `seconds` of work; the last number it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(home), str(begin)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first, "the child did not start"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    whole = [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    return int(whole[-1])


def check(home: Path, acknowledged: list[int]) -> int:
    """All acknowledged rows are there, once; returns the number to go on from."""
    with LAUNCHER.start(home) as server:
        store = Store(server.dsn, home)
        try:
            telemetry.seal(store)  # what a start does: seals what was left behind, clears away drafts
            times = [p[0] for p in telemetry.points(store, scope("d1"), 1, 0, EVER)]
            told = [e.at_us for e in events.read(store, scope())]
            assert len(times) == len(set(times))
            assert len(told) == len(set(told))
            assert set(times) == {n + i for n in told for i in range(10)}  # a transaction holds or does not
            missing = set(acknowledged) - set(told)
            assert not missing
            report = verify(store)
            assert report.whole, report.damages
            files = {str(f.relative_to(home)) for f in (home / "segments").rglob("*.*")}
            assert files == set(report.digests)
            return max(told) + 10
        finally:
            store.close()


def story(home: Path, rounds: int) -> None:
    chance = random.Random(7)
    begin, acknowledged = 0, []
    for _ in range(rounds):
        last = live_and_die(home, begin, chance.uniform(0.05, 1.2))
        acknowledged += range(begin, last + 10, 10)
        begin = check(home, acknowledged)
    assert acknowledged


def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    story(tmp_path / "home", 3)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nothing_acknowledged_is_lost_or_doubled_in_thirty_kills(tmp_path: Path) -> None:
    story(tmp_path / "home", 30)


STEPS = ["parquet.write", "_commit", "ledger.append_many", "_switch", "_objects"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_any_step_of_sealing_loses_nothing(
    make_store, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    """The same at each step by itself: the step raises before or after it has done its work, and nothing cleans up."""
    from mumian.core.store import sealing

    class Killed(BaseException):
        pass

    store: Store = make_store()
    with store.tx() as cur:
        series = telemetry.series_id(cur, "d1", "heart_rate_bpm", "1/min")
        telemetry.append_points(cur, [series] * 3, [1, 2, 3], 1, [0.5] * 3)
        events.append(cur, "alarm", 1, "replay", "a", {})

    owner, name = (
        (sealing, step)
        if "." not in step
        else (getattr(sealing, step.split(".", maxsplit=1)[0]), step.split(".")[1])
    )
    real = getattr(owner, name)

    def dies(*args: object, **named: object) -> object:
        if when == "after":
            real(*args, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dies)
        with pytest.raises(Killed):
            telemetry.seal(store, force=True)
    sealing._tidied.clear()  # a new process
    assert len(telemetry.points(store, scope("d1"), series, 0, EVER)) == 3
    telemetry.seal(store, force=True)
    assert len(telemetry.points(store, scope("d1"), series, 0, EVER)) == 3
    assert len(events.read(store, scope(), sealed_only=True)) == 1
    report = verify(store)
    assert report.whole
    assert {str(f.relative_to(store.home)) for f in (store.home / "segments").rglob("*.*")} == set(
        report.digests
    )
