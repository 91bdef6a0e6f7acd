"""Bad input over MQTT, HTTP and the command line: refused with its reason, counted, and everybody else goes on."""

from __future__ import annotations

import contextlib
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.running import Band, Home, serving, wait_for
from tests.sites import small_home

BANDS = 14


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("bad")) as running:
        running.load(small_home(BANDS))
        yield running


@pytest.fixture(scope="module")
def admin(home: Home) -> httpx.Client:
    return home.api("admin")


@pytest.fixture(scope="module")
def nurse(home: Home) -> httpx.Client:
    return home.api("nurse", "n1")


@pytest.fixture(scope="module")
def gateway(home: Home) -> httpx.Client:
    return home.api("gateway")


@pytest.fixture(scope="module")
def bands(home: Home) -> Iterator[Callable[[int], Band]]:
    """Band number n; each test that needs a clean one takes its own number."""
    held: dict[int, Band] = {}

    def band(n: int) -> Band:
        if n not in held:
            held[n] = home.band(f"B-{n}")
        return held[n]

    yield band
    for one in held.values():
        one.close()


def refused(admin: httpx.Client, device: str, reason: str) -> list[dict[str, Any]]:
    return [r for r in admin.get("/api/quarantine").json() if (r["device"], r["reason"]) == (device, reason)]


def count(admin: httpx.Client, device: str, reason: str) -> int:
    return sum(r["count"] for r in refused(admin, device, reason))


def raw(band: Band, channel: str, payload: bytes, *, numbered: bool = True) -> None:
    """Publish bytes as they are under the band's next number, which `payload` may name as %d."""
    if numbered:
        band.seq += 1
        payload = payload.replace(b"%d", b"%d" % band.seq)
    band.client.publish(f"mumian/{band.device}/{channel}", payload, 1)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


OBS = b'{"seq":%d,"time":"2026-01-01T00:00:00Z","values":'
CASES = [
    ("obs", b'{"seq":%d,"time":', "malformed"),
    ("obs", OBS + b'{"heart_rate_bpm":NaN}}', "not_a_number"),
    ("obs", OBS + b'{"temperature_c":"1.234.567"}}', "not_a_number"),
    ("obs", OBS + b'{"temperature_c":1.234.567}}', "malformed"),
    ("obs", OBS + b'{"heart_rate_bpm":0}}', "out_of_range"),
    ("obs", OBS + b'{"heart_rate_bpm":255}}', "out_of_range"),
    ("obs", OBS + b'{"spo2_percent":127}}', "out_of_range"),
    ("obs", b'{"seq":%d,"time":"1970-01-01T00:00:00Z","values":{"steps":1}}', "clock"),
    ("obs", b'{"seq":%d,"time":0,"values":{"steps":1}}', "clock"),
    ("obs", b'{"seq":%d,"time":"2099-01-01T00:00:00Z","values":{"steps":1}}', "clock"),
    ("obs", b'{"seq":%d,"time":"0001-01-01T00:00:00+14:00","values":{"steps":1}}', "clock"),
    ("obs", b'{"seq":%d,"time":"9999-12-31T23:59:59-14:00","values":{"steps":1}}', "clock"),
    (
        "accel",
        b'{"seq":%d,"time":"2026-01-01T00:00:00Z","rate_hz":50,"unit":"g","x":[1e39],"y":[0],"z":[0]}',
        "not_a_number",
    ),
    ("event", b'{"seq":%d,"time":"2026-01-01T00:00:00Z","kind":"coffee"}', "malformed"),
    ("reply", b'{"seq":%d,"time":"2026-01-01T00:00:00Z","command":"a\\u0000b","answer":"ok"}', "malformed"),
    (
        "reply",
        b'{"seq":%d,"time":"2026-01-01T00:00:00Z","command":"C-never","answer":"ok"}',
        "unknown_command",
    ),
]


@pytest.mark.parametrize(("channel", "payload", "reason"), CASES)
def test_a_wrong_message_is_quarantined_counted_and_durable(
    bands: Callable[[int], Band], admin: httpx.Client, channel: str, payload: bytes, reason: str
) -> None:
    band = bands(1)
    before = count(admin, "B-1", reason)
    raw(band, channel, payload)
    band.settled()  # a quarantined message counts as durable
    row = refused(admin, "B-1", reason)[0]
    assert count(admin, "B-1", reason) == before + 1
    assert len(row["message"]) > 20, "the message says how to mend it"


def test_what_has_no_number_is_quarantined_and_holds_nothing_up(
    bands: Callable[[int], Band], admin: httpx.Client
) -> None:
    band = bands(2)
    for junk in (b"not json", b"", b"\xff\xfe\x00", b"[]", b'{"seq":-4,"time":1,"values":{}}'):
        raw(band, "obs", junk, numbered=False)
    band.obs(heart_rate_bpm=80)
    band.settled()
    assert count(admin, "B-2", "malformed") == 5


def test_messagepack_is_read_as_json_is(
    bands: Callable[[int], Band], admin: httpx.Client, nurse: httpx.Client
) -> None:
    band = bands(2)
    for value in (36.5, float("nan")):
        band.seq += 1
        body = {"seq": band.seq, "time": now_ms(), "values": {"temperature_c": value}}
        raw(band, "obs", msgspec.msgpack.encode(body), numbered=False)
    band.settled()
    assert values(nurse, "B-2", "temperature_c") == [36.5]
    assert count(admin, "B-2", "not_a_number") == 1


def values(client: httpx.Client, device: str, quantity: str) -> list[float]:
    listed = client.get("/api/series", params={"device": device}).json()
    found = [s["id"] for s in listed if s["quantity"] == quantity]
    return [p["value"] for id in found for p in client.get(f"/api/series/{id}").json()["points"]]


def test_another_devices_topic_is_refused_and_told(
    home: Home, admin: httpx.Client, nurse: httpx.Client
) -> None:
    intruder = client_of(home, "B-3", name="any client id")
    for channel in ("obs", "event"):
        body = {"seq": 1, "time": now_ms(), "kind": "sos", "values": {"heart_rate_bpm": 70}}
        intruder.publish(f"mumian/B-4/{channel}", json.dumps(body), 1)
    wait_for(lambda: count(admin, "B-3", "acl") == 2, what="both refusals under the sender's name")
    assert "B-4" in refused(admin, "B-3", "acl")[0]["message"]
    assert not values(nurse, "B-4", "heart_rate_bpm")
    assert not [a for a in home.alarms() if a["device"] == "B-4" and a["kind"] == "sos"]
    assert next(d for d in admin.get("/api/devices").json() if d["id"] == "B-4")["last_seen"] is None
    stop(intruder)


def client_of(home: Home, device: str, password: str = "", name: str = "") -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name or device)
    client.max_inflight_messages_set(1000)
    client.username_pw_set(device, password or home.credentials[device]["password"])
    client.connect("127.0.0.1", urlsplit(home.ready["mqtt"]).port or 0)
    client.loop_start()
    return client


def stop(client: paho.Client) -> None:
    client.disconnect()
    client.loop_stop()


def test_a_wrong_password_is_refused_and_counted(
    home: Home, admin: httpx.Client, bands: Callable[[int], Band]
) -> None:
    said: list[Any] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="guess")
    client.on_connect = lambda *a: said.append(a[3])
    client.username_pw_set("B-4", "guess")
    client.connect("127.0.0.1", urlsplit(home.ready["mqtt"]).port or 0)
    client.loop_start()
    wait_for(lambda: said, what="an answer")
    stop(client)
    assert said[0].is_failure
    wait_for(lambda: count(admin, "mqtt", "login") >= 1, what="a count")
    bands(1).obs(heart_rate_bpm=81)
    bands(1).settled()


def test_a_message_that_is_too_large_is_refused_and_the_band_goes_on(
    bands: Callable[[int], Band], admin: httpx.Client
) -> None:
    band = bands(5)
    raw(band, "obs", b'{"seq":%d,"time":1,"values":{"' + b"x" * 300_000 + b'":1}}')
    band.settled()
    assert count(admin, "B-5", "too_large") == 1
    raw(band, "obs", b"x" * 2_000_000, numbered=False)  # so large that the broker drops it
    wait_for(lambda: count(admin, "B-5", "too_large") == 2, what="the broker's refusal")
    band.obs(heart_rate_bpm=79)
    band.settled()


def test_a_batch_over_http_tells_accepted_duplicate_and_quarantined_apart(
    gateway: httpx.Client, admin: httpx.Client
) -> None:
    def one(seq: Any, device: Any = "B-6", **values: Any) -> dict[str, Any]:
        return {
            "device": device,
            "seq": seq,
            "time": now_ms(),
            "values": values or {"heart_rate_bpm": 70 + len(str(seq))},
        }

    batch = [one(1), one(2), one(2), one(3, heart_rate_bpm=255), one(4), one(5, temperature_c="1.234.567")]
    said = post(gateway, batch)
    assert (said["accepted"], said["duplicate"]) == (3, 1)
    assert [(q["index"], q["reason"]) for q in said["quarantined"]] == [
        (3, "out_of_range"),
        (5, "not_a_number"),
    ]
    assert all(len(q["message"]) > 10 for q in said["quarantined"])
    again = post(gateway, batch)
    assert again == {"accepted": 0, "duplicate": 6, "quarantined": []}

    odd = [one(1, "nobody"), {"device": "B-6"}, one(6, heart_rate_bpm=float("nan")), one(0), one(2**80), one(7), "x",
           one(8, "B\x00-6")]  # fmt: skip
    said = post(gateway, odd)
    assert said["accepted"] == 1
    assert [(q["index"], q["reason"]) for q in said["quarantined"]] == [
        (0, "unknown_device"), (1, "malformed"), (2, "not_a_number"), (3, "malformed"), (4, "malformed"), (6, "malformed"),
        (7, "unknown_device"),
    ]  # fmt: skip
    assert count(admin, "nobody", "unknown_device") == 1
    for body in (b"no json", b'{"observations": 5}', b"[" * 5000):
        assert gateway.post("/api/ingest/observations", content=body).status_code == 422


def post(client: httpx.Client, batch: list[Any]) -> dict[str, Any]:
    answer = client.post("/api/ingest/observations", content=json.dumps({"observations": batch}))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


WRONG_SITES: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("places[0].parent", lambda site: site["places"][0].update(parent="f3")),  # a cycle
    ("places[2].parent", lambda site: site["places"][2].update(parent="f99")),
    (
        "people[0].consents[0].purpose",
        lambda site: site["people"][0]["consents"][0].update(purpose="marketing"),
    ),
]


def test_a_wrong_site_file_loads_nothing_and_names_the_place(home: Home) -> None:
    before = home.run("site", "export").stdout
    for place, change in WRONG_SITES:
        site = deepcopy(small_home(BANDS))
        site["staff"].append({"id": "new", "name": "新来的", "role": "nurse", "floors": []})
        change(site)
        (home.folder / "wrong.json").write_text(json.dumps(site), "utf-8")
        done = home.run("site", "load", "wrong.json", check=False)
        assert done.returncode == 2
        assert place in done.stderr
        assert not done.stdout
    assert home.run("site", "export").stdout == before


def sos_seconds(band: Band, nurse: httpx.Client) -> float:
    """How long from the press to the open alarm on the interface."""
    known = {a["id"] for a in nurse.get("/api/alarms").json()}
    began = time.monotonic()
    band.event("sos")

    def seen() -> bool:
        listed = nurse.get("/api/alarms").json()
        return any(a["id"] not in known and (a["device"], a["kind"]) == (band.device, "sos") for a in listed)

    wait_for(seen, 30, f"the alarm of {band.device}")
    return time.monotonic() - began


def test_a_flood_from_one_band_delays_nobodys_call(
    home: Home, bands: Callable[[int], Band], nurse: httpx.Client, admin: httpx.Client
) -> None:
    quiet = sos_seconds(bands(8), nurse)  # what this machine needs when nobody floods
    flooder = client_of(home, "B-7")
    body = b'{"seq":%d,"time":' + b"%d" % now_ms() + b',"values":{"heart_rate_bpm":77}}'

    def flood() -> None:
        for n in range(1, 20_001):
            flooder.publish("mumian/B-7/obs", body.replace(b"%d", b"%d" % n), 1)

    thread = threading.Thread(target=flood)
    thread.start()
    time.sleep(0.3)
    slowest = max(sos_seconds(bands(8), nurse) for _ in range(3))
    thread.join()
    print(
        f"\nSOS → interface: {quiet:.2f} s alone, {slowest:.2f} s at worst under a flood of 20,000 messages"
    )
    assert (
        slowest < 8.0 + quiet
    )  # behind all 20,000 it would be far more; how much faster it is, benchmarks say
    wait_for(lambda: count(admin, "B-7", "rate") > 0, 60, "the flood counted")
    stop(flooder)
    assert httpx.get(f"{home.ready['url']}/healthz", trust_env=False).status_code == 200


def test_random_messages_leave_the_service_up(
    home: Home, bands: Callable[[int], Band], nurse: httpx.Client
) -> None:
    fuzz(home, bands(13), nurse, 10_000)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand_random_messages_leave_the_service_up(
    home: Home, bands: Callable[[int], Band], nurse: httpx.Client
) -> None:
    fuzz(home, bands(14), nurse, 100_000)


def fuzz(home: Home, caller: Band, nurse: httpx.Client, messages: int) -> None:
    """Random bytes, mutated messages and random JSON from four bands at once, then a call for help."""
    chance = random.Random(messages)
    senders = [client_of(home, f"B-{n}") for n in range(9, 13)]
    for n in range(messages):
        sender, device = senders[n % 4], f"B-{9 + n % 4}"
        channel = chance.choice(("obs", "obs", "accel", "accel", "event", "reply"))
        info = sender.publish(f"mumian/{device}/{channel}", _noise(chance, n), 1)
        if n % 2000 == 1999:
            info.wait_for_publish(60)
    info.wait_for_publish(60)
    assert sos_seconds(caller, nurse) < 30
    health = httpx.get(f"{home.ready['url']}/healthz", trust_env=False, timeout=30)
    assert health.status_code == 200, health.text
    metrics = httpx.get(f"{home.ready['url']}/metrics", trust_env=False).text
    assert "lane_faults" not in metrics and "detector_faults" not in metrics
    assert not [r for r in home.api("admin").get("/api/quarantine").json() if r["reason"] == "internal"]
    for sender in senders:
        with contextlib.suppress(OSError):
            stop(sender)


_ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    2**63,
    1e308,
    "",
    "sos",
    "\x00",
    "NaN",
    [],
    {},
    [1e39],
    "9999-12-31T23:59:59-14:00",
]
_KEYS = (
    "seq",
    "time",
    "values",
    "kind",
    "command",
    "answer",
    "x",
    "y",
    "z",
    "rate_hz",
    "unit",
    "gx",
    "heart_rate_bpm",
)


def _noise(chance: random.Random, n: int) -> bytes:
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(chance.randrange(200))
    body: dict[str, Any] = {
        key: chance.choice(_ODD) for key in chance.sample(_KEYS, chance.randrange(len(_KEYS)))
    }
    if kind == 1:
        body |= {"seq": n + 1, "time": now_ms()}
    if kind == 2:
        return msgspec.msgpack.encode({key: value for key, value in body.items() if value != 2**63})
    sound = bytearray(json.dumps(body).encode())
    for _ in range(chance.randrange(3)):
        sound[chance.randrange(len(sound))] = chance.randrange(256)
    return bytes(sound)


def test_the_files_of_the_home_are_for_its_user_alone(home: Home) -> None:
    file = home.folder / "home" / "service.json"
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert "setup" not in file.read_text()
