"""Our short way through paho hears what paho's own way hears, however the bytes are cut."""

from __future__ import annotations

import itertools
import socket

import paho.mqtt.client as paho
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from mumian.core.observe.mqtt import Subscriber

Heard = list[tuple[str, bytes, int, int]]
TOPIC = st.text(st.characters(exclude_characters="\0+#", exclude_categories=["Cs"]), min_size=1, max_size=40)
PACKET = st.one_of(
    st.tuples(TOPIC, st.binary(max_size=700), st.integers(0, 2), st.integers(1, 65535)),
    st.just(None),  # PINGRESP
)


def packet(sent: tuple[str, bytes, int, int] | None) -> bytes:
    if sent is None:
        return b"\xd0\x00"
    topic, payload, qos, mid = sent
    name = topic.encode()
    body = len(name).to_bytes(2) + name + (mid.to_bytes(2) if qos else b"") + payload
    return bytes([0x30 | qos << 1]) + length(len(body)) + body


def length(n: int) -> bytes:
    out = b""
    while True:
        n, rest = divmod(n, 128)
        out += bytes([rest | (128 if n else 0)])
        if not n:
            return out


def fed(client: paho.Client, pieces: list[bytes]) -> MQTTErrorCode:
    """What the client made of the pieces, each of which arrives by itself."""
    far, near = socket.socketpair()
    near.setblocking(False)
    client._sock = near  # type: ignore[assignment]
    code = MQTTErrorCode.MQTT_ERR_SUCCESS
    for piece in pieces:
        far.sendall(piece)
        for _ in range(len(piece) + 1):  # as often as select would say that there is something
            code = client.loop_read()
            if code:
                break
    far.close()
    near.close()
    return code


def ours() -> tuple[paho.Client, Heard]:
    heard: Heard = []
    subscriber = Subscriber(
        "mqtt://x:1", lambda t, p, _us, token: heard.append((t, p, token[1], token[0])), "c"
    )
    return subscriber._client, heard


def theirs() -> tuple[paho.Client, Heard]:
    heard: Heard = []
    client = paho.Client(CallbackAPIVersion.VERSION2, clean_session=False, client_id="c", manual_ack=True)
    client.on_message = lambda _c, _d, m: heard.append((m.topic, bytes(m.payload), m.qos, m.mid))
    return client, heard


def cut(whole: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({0, len(whole), *(i % (len(whole) + 1) for i in at)})
    return [whole[a:b] for a, b in itertools.pairwise(edges)]


@given(st.lists(PACKET, max_size=8), st.lists(st.integers(0, 5000), max_size=6))
def test_the_short_way_hears_the_same(sent: list[tuple[str, bytes, int, int] | None], at: list[int]) -> None:
    pieces = cut(b"".join(packet(one) for one in sent), at)
    (mine, heard), (pahos, expected) = ours(), theirs()
    assert fed(mine, pieces) == fed(pahos, pieces)
    assert heard == expected
    plain = [(t, p, qos, mid if qos else 0) for t, p, qos, mid in filter(None, sent) if qos < 2]
    assert [one for one in heard if one[2] < 2] == plain


def test_a_broken_packet_ends_the_connection() -> None:
    client, heard = ours()
    whole = packet(("mumian/b/obs", b"{}", 1, 7))
    assert fed(client, [whole + b"\x32\x02\xff\xff"]) != MQTTErrorCode.MQTT_ERR_SUCCESS
    assert heard == [("mumian/b/obs", b"{}", 1, 7)]


def test_what_was_read_ahead_dies_with_its_connection() -> None:
    client, heard = ours()
    half = packet(("mumian/b/obs", b"{}", 1, 7))
    fed(client, [half[:5]])
    with socket.create_server(("127.0.0.1", 0)) as server:
        client.connect("127.0.0.1", server.getsockname()[1])
        assert (client._ahead, client._at) == (b"", 0)  # type: ignore[attr-defined]
    assert heard == []
