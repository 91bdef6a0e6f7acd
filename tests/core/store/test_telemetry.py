"""Points and waveforms: what was appended is read, each row once, within the scope and nowhere outside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.store.scopes import scope
from tests.postgres import MakeStore

from mumian.core.kernel.errors import BadInput, NotFound
from mumian.core.store import Store, telemetry

LONG = 2**60


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()


def append(store: Store, device: str, *points: tuple[int, float]) -> int:
    with store.tx() as cur:
        series = telemetry.series_id(cur, device, "heart_rate_bpm", "1/min")
        telemetry.append_points(
            cur, [series] * len(points), [p[0] for p in points], store.clock.now_us(), [p[1] for p in points]
        )
    return series


STEP = st.one_of(
    st.tuples(st.just("append"), st.lists(st.tuples(st.integers(0, 50), st.floats(-1e6, 1e6)), max_size=8)),
    st.tuples(st.just("seal"), st.none()),
    st.tuples(st.just("read"), st.tuples(st.integers(0, 50), st.integers(0, 60))),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["d1", "d2"]), STEP), max_size=12))
def test_whatever_the_order_of_append_seal_and_read(store: Store, steps: list) -> None:
    prefix = str(
        store.query("select count(*) from store.series")[0][0]
    )  # a device name of its own for each example
    kept: dict[str, list[tuple[int, float]]] = {}
    for device, (what, how) in steps:
        name = f"{device}-{prefix}"
        if what == "seal":
            telemetry.seal(store, "points", force=True)
        elif what == "append" and how:
            append(store, name, *how)
            kept.setdefault(name, []).extend(how)
        elif what == "read" and name in kept:
            series = append(store, name)
            begin, end = how
            found = telemetry.points(store, scope(name), series, begin, end)
            assert sorted(found) == sorted(p for p in kept[name] if begin <= p[0] < end)
            assert [p[0] for p in found] == sorted(p[0] for p in found)
    for name, points in kept.items():
        series = append(store, name)
        assert sorted(telemetry.points(store, scope(name), series, -LONG, LONG)) == sorted(points)
    both = telemetry.points_of(store, scope(*kept), list(kept), ["heart_rate_bpm"], -LONG, LONG)
    assert {s.device: sorted(found) for s, found in both.items()} == {n: sorted(p) for n, p in kept.items()}


def test_a_device_outside_the_scope_looks_as_if_it_did_not_exist(store: Store) -> None:
    series = append(store, "d1", (1, 2.0))
    for wrong in (scope(), scope("d2")):
        with pytest.raises(NotFound):
            telemetry.points(store, wrong, series, 0, 9)
        with pytest.raises(NotFound):
            telemetry.waves(store, wrong, "d1", "accel", 0, 9)
        assert telemetry.latest(store, wrong) == []
        assert telemetry.series_list(store, wrong) == []
        assert telemetry.points_of(store, wrong, ["d1"], ["heart_rate_bpm"], 0, 9) == {}
    with pytest.raises(NotFound):
        telemetry.points(store, scope("d1"), series + 1, 0, 9)


@pytest.mark.parametrize("sealed", [False, True])
def test_points_are_cut_to_the_windows(store: Store, sealed: bool) -> None:
    series = append(store, "d1", *((t, float(t)) for t in range(10)))
    if sealed:
        telemetry.seal(store, force=True)
    cut = scope(d1=((6, 8), (1, 3)))
    assert [p[0] for p in telemetry.points(store, cut, series, 0, 99)] == [1, 2, 6, 7]
    assert [p[0] for p in telemetry.points(store, cut, series, 2, 7)] == [2, 6]
    assert telemetry.points(store, scope(d1=()), series, 0, 99) == []
    append(store, "d2", (2, 0.5))
    both = telemetry.points_of(
        store, scope("d2", d1=((6, 8), (1, 3))), ["d1", "d2"], ["heart_rate_bpm"], 0, 7
    )
    assert {s.device: found for s, found in both.items()} == {
        "d1": [(1, 1.0), (2, 2.0), (6, 6.0)],
        "d2": [(2, 0.5)],
    }
    none = telemetry.points_of(store, scope(d1=()), ["d1"], ["heart_rate_bpm"], 0, 7)
    assert not any(none.values())
    assert telemetry.latest(store, cut) == []  # the newest lies outside them
    assert telemetry.latest(store, scope(d1=((9, 10),)))[0].value == 9.0


@pytest.mark.parametrize("sealed", [False, True])
def test_waves_are_trimmed_to_the_windows(store: Store, sealed: bool) -> None:
    samples = np.arange(30, dtype=np.float32).reshape(10, 3)
    with store.tx() as cur:
        telemetry.append_waves(cur, [telemetry.Wave("d1", "accel", 1_000_000, 5, 10.0, samples)])
    if sealed:
        telemetry.seal(store, force=True)
    (whole,) = telemetry.waves(store, scope("d1"), "d1", "accel", 0, LONG)
    assert (whole.event_us, whole.end_us, whole.rate_hz) == (1_000_000, 2_000_000, 10.0)
    assert np.array_equal(whole.samples, samples)
    first, second = telemetry.waves(
        store, scope(d1=((1_200_000, 1_400_000), (1_850_000, LONG))), "d1", "accel", 0, LONG
    )
    assert (first.event_us, first.samples[:, 0].tolist()) == (1_200_000, [6.0, 9.0])
    assert (second.event_us, second.samples[:, 0].tolist()) == (1_900_000, [27.0])
    assert telemetry.waves(store, scope("d1"), "d1", "accel", 2_000_000, LONG) == []
    assert telemetry.waves(store, scope("d1"), "d1", "gyro", 0, LONG) == []


def test_latest_is_the_newest_by_event_time(store: Store) -> None:
    append(store, "d1", (5, 1.0), (9, 2.0), (7, 3.0))
    append(store, "d1", (8, 4.0))  # late data
    (newest,) = telemetry.latest(store, scope("d1"))
    assert (newest.event_us, newest.value, newest.series.quantity) == (9, 2.0, "heart_rate_bpm")
    append(store, "d1", (9, 5.0))
    assert telemetry.latest(store, scope("d1"))[0].value == 5.0


def test_every_read_is_logged(store: Store) -> None:
    series = append(store, "d1", (1, 1.0), (2, 2.0))
    telemetry.points(store, scope("d1"), series, 0, 9)
    telemetry.latest(store, scope("d1"), ["d1"])
    telemetry.points_of(store, scope("d1"), ["d1"], ["heart_rate_bpm"], 0, 2)
    assert store.query("select actor, purpose, action, subject, n from store.access_log order by id") == [
        ("test", "care", "points", "d1/heart_rate_bpm", 2),
        ("test", "care", "latest", "d1", 1),
        ("test", "care", "points", "d1/heart_rate_bpm", 1),
    ]


def test_a_series_keeps_its_unit_and_number(store: Store) -> None:
    first = append(store, "d1")
    assert append(store, "d1") == first
    with store.tx() as cur, pytest.raises(BadInput, match="1/min"):
        telemetry.series_id(cur, "d1", "heart_rate_bpm", "Hz")


def test_a_series_of_a_rolled_back_transaction_is_made_anew(store: Store) -> None:
    def broken() -> None:
        with store.tx() as cur:
            telemetry.series_id(cur, "d1", "heart_rate_bpm", "1/min")
            telemetry.series_id(cur, "d1", "heart_rate_bpm", "1/min")
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    series = append(store, "d1", (1, 1.0))
    assert telemetry.points(store, scope("d1"), series, 0, 9) == [(1, 1.0)]


def test_seal_waits_until_something_is_due(store: Store) -> None:
    append(store, "d1", (1, 1.0))
    assert telemetry.seal(store) == []
    few = telemetry.Limits({"points": 2, "waves": 2, "events": 2}, 1e9)
    assert telemetry.seal(store, limits=few) == []
    append(store, "d1", (2, 1.0))
    (segment,) = telemetry.seal(store, limits=few)
    assert (segment.kind, segment.rows, segment.first_us, segment.last_us) == ("points", 2, 1, 2)
    append(store, "d1", (3, 1.0))
    store.clock.advance(3600)  # type: ignore[attr-defined]
    assert [s.rows for s in telemetry.seal(store)] == [1]
    assert telemetry.seal(store, force=True) == []


def test_little_telemetry_waits_ten_times_as_long(store: Store) -> None:
    patient = telemetry.Limits({"points": 9, "waves": 9, "events": 9}, 60.0, {"points": 2})
    append(store, "d1", (1, 1.0))
    store.clock.advance(599)  # type: ignore[attr-defined]
    assert telemetry.seal(store, limits=patient) == []
    append(store, "d1", (2, 1.0))
    assert [s.rows for s in telemetry.seal(store, limits=patient)] == [2]
    append(store, "d1", (3, 1.0))
    store.clock.advance(601)  # type: ignore[attr-defined]
    assert [s.rows for s in telemetry.seal(store, limits=patient)] == [1]


def test_a_segment_tells_everything_without_a_database(store: Store) -> None:
    import duckdb

    append(store, "d2", (5, 1.5))
    append(store, "d1", (7, 2.5), (6, 3.5))
    (segment,) = telemetry.seal(store, force=True, origins={"d1": "replay"})
    rows = duckdb.sql(f"select * exclude received_us from '{store.home / segment.path}'").fetchall()
    assert rows == [
        ("d1", "heart_rate_bpm", "1/min", "replay", 6, 3.5),
        ("d1", "heart_rate_bpm", "1/min", "replay", 7, 2.5),
        ("d2", "heart_rate_bpm", "1/min", "", 5, 1.5),
    ]


def test_retention_drops_whole_segments_and_keeps_their_digests(store: Store) -> None:
    series = append(store, "d1", (1, 1.0))
    telemetry.seal(store, force=True)
    append(store, "d1", (10, 2.0))
    telemetry.seal(store, force=True)
    assert telemetry.drop_before(store, 1) == []
    (gone,) = telemetry.drop_before(store, 5)
    assert not (store.home / gone).exists()
    assert telemetry.points(store, scope("d1"), series, 0, 99) == [(10, 2.0)]
    assert [s.dropped_us is None for s in telemetry.segments(store, dropped=True)] == [False, True]
    assert len(telemetry.segments(store)) == 1


def test_drafts_and_uncatalogued_files_are_cleared_away(store: Store) -> None:
    from mumian.core.store import sealing

    append(store, "d1", (1, 1.0))
    (segment,) = telemetry.seal(store, force=True)
    folder = (store.home / segment.path).parent
    (folder / "points-9.tmp").write_bytes(b"x")
    (folder / "points-9-00000000.parquet").write_bytes(b"x")
    sealing._tidied.clear()
    telemetry.seal(store)
    assert [file.name for file in folder.iterdir()] == [(store.home / segment.path).name]


def test_many_small_segments_are_read_through_few_copies(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mumian.core.store import catalogue, merging, verify

    monkeypatch.setattr(merging, "FAN", 3)
    for number in range(20):
        series = append(store, "d1", (number, float(number)))
        append(store, "d2", (number, -1.0))
        telemetry.seal(store, force=True)

    def read() -> list[tuple[int, float]]:
        return telemetry.points(store, scope("d1"), series, 0, 99)

    whole = [(n, float(n)) for n in range(20)]
    assert read() == whole
    with catalogue.view(store, "points", 0, 99) as (_, files):
        assert len(files) == 2 + 2  # two of nine, and two that wait for a third: 18 + 2
    assert len(telemetry.segments(store)) == 20  # evidence stays as it was sealed
    assert verify(store).whole

    copy = next((store.home / "merged").iterdir())
    copy.write_bytes(b"damaged")
    assert [d.path for d in verify(store).damages] == [f"merged/{copy.name}"]
    assert read() == whole  # from the segments again
    assert not copy.exists()
    next((store.home / "merged").iterdir()).unlink()
    assert read() == whole
    assert verify(store).whole

    telemetry.drop_before(store, 5)
    assert read() == whole[5:]
    assert verify(store).whole
