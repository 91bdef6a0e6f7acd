"""Forms that carry files: what is taken arrives whole, what is larger is refused before it is gathered, and no torn body is a fault of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers
from tests.web.conftest import ORIGIN, Home, csrf_of
from tests.web.house import LARGEST

from mumian.web import bodies

PATH = "/stand/upload"
PLAIN = {"Origin": ORIGIN}


def form(token: str, name: str, data: bytes, boundary: str = "b") -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token}\r\n'
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode()


@pytest.fixture
def sender(home: Home) -> Iterator[Any]:
    client = home.signed_in("director")
    token = csrf_of(client.get("/stand/admission").text)

    def send(body: bytes, content_type: str = "multipart/form-data; boundary=b", **headers: str) -> Any:
        return client.post(
            PATH,
            content=body,
            headers={**PLAIN, "Content-Type": content_type, "Accept": "application/json", **headers},
        )

    send.token = token  # type: ignore[attr-defined]
    return send


def test_a_file_arrives_whole_and_keeps_no_folder_of_its_sender(sender: Any) -> None:
    data = bytes(range(256)) * 4000
    answer = sender(form(sender.token, "C:\\lines\\../线.geojson", data))
    assert (answer.status_code, answer.json()) == (
        200,
        {"name": "线.geojson", "bytes": len(data), "sum": sum(data), "csrf": True},
    )


def test_one_byte_more_than_the_action_takes_is_refused_in_its_words(sender: Any) -> None:
    around = len(form(sender.token, "a", b""))
    assert sender(form(sender.token, "a", b"x" * (LARGEST - around))).status_code == 200
    answer = sender(form(sender.token, "a", b"x" * (LARGEST - around + 1)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "2.0 MB" in answer.json()["detail"]


def test_what_is_too_large_is_refused_before_it_is_gathered() -> None:
    """A body without a length, as chunked sending makes it: the guard stops at the limit, not at the end."""
    asked = 0

    async def endless() -> Any:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def drain() -> None:
        receive = bodies.limited(Headers({}), endless, 10_000)
        while True:
            await receive()

    with pytest.raises(bodies.FileTooLarge):
        asyncio.run(drain())
    assert asked == 11


@pytest.mark.parametrize("token", ["", "0" * 43, "x" * 3000])
def test_a_form_with_a_file_needs_the_pages_own_token(sender: Any, token: str) -> None:
    assert (sender(form(token, "a", b"x")).status_code) == 403


def test_an_action_that_takes_no_files_takes_none(home: Home) -> None:
    client = home.signed_in("director")
    token = csrf_of(client.get("/stand/admission").text)
    headers = {**PLAIN, "Content-Type": "multipart/form-data; boundary=b"}
    assert client.post("/stand/admission", content=form(token, "a", b"x"), headers=headers).status_code == 403
    answer = client.post(
        "/stand/admission", content=form(token, "a", b"x"), headers={**headers, "X-CSRF-Token": token}
    )
    assert (answer.status_code, "file" in answer.text.lower()) == (422, True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_torn_body_is_a_fault_of_ours(sender: Any, data: st.DataObject) -> None:
    whole = bytearray(form(sender.token, "a.csv", data.draw(st.binary(max_size=300))))
    for at, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=6)
    ):
        whole[at] = byte
    body = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    kind = data.draw(st.sampled_from(["multipart/form-data; boundary=b", "multipart/form-data", "multipart/form-data; boundary="]))  # fmt: skip
    answer = sender(body, kind)
    assert answer.status_code in (200, 403, 422), (answer.status_code, answer.text)


@given(st.lists(st.binary(max_size=700), max_size=8))
def test_looking_for_the_token_loses_no_byte(pieces: list[bytes]) -> None:
    waiting = [
        {"type": "http.request", "body": piece, "more_body": n < len(pieces) - 1}
        for n, piece in enumerate(pieces)
    ]
    waiting = waiting or [{"type": "http.request", "body": b"", "more_body": False}]
    sent = iter(waiting)

    async def receive() -> Any:
        return next(sent)

    async def through() -> bytes:
        _, again = await bodies._first_part(receive)
        out, more = b"", True
        while more:
            message = await again()
            out, more = out + message["body"], message["more_body"]
        return out

    assert asyncio.run(through()) == b"".join(pieces)
