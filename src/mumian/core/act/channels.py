"""The ways a page reaches a person. A channel sends once and says what came of it; retrying is the outbox's affair."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

TIMEOUT_S = 8.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`delivered`, or not with the channel's own words; `final` when trying again cannot help."""

    delivered: bool
    detail: str = ""
    final: bool = False


class Channel(Protocol):
    """Sends one page. `page` carries id, alarm, to, step, kind, tier, person, place, reason."""

    name: str

    def send(self, page: Mapping[str, Any]) -> Outcome: ...


class Webhook:
    """POSTs every page; WeCom and DingTalk robots get their text shape, anybody else generic JSON.

    Shapes: WeCom group robot `{"msgtype": "text", "text": {"content", "mentioned_list"}}`, DingTalk custom robot
    `{"msgtype": "text", "text": {"content"}, "at"}`. The page's id is the idempotency key, in header and body.
    """

    name = "webhook"

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(timeout=TIMEOUT_S, trust_env=False)

    def send(self, page: Mapping[str, Any]) -> Outcome:
        try:
            answer = self._client.post(
                self._url, json=body(self._url, page), headers={"Idempotency-Key": page["id"]}
            )
        except httpx.HTTPError as error:
            return Outcome(False, f"{type(error).__name__}: {error}"[:200])
        if answer.is_success:
            return Outcome(True)
        return Outcome(False, f"HTTP {answer.status_code}")


def body(url: str, page: Mapping[str, Any]) -> dict[str, Any]:
    """What is posted to `url` for `page`."""
    host = urlsplit(url).hostname or ""
    if host.endswith("weixin.qq.com"):
        return {"msgtype": "text", "text": {"content": sentence(page), "mentioned_list": [page["to"]]}}
    if host.endswith("dingtalk.com"):
        return {"msgtype": "text", "text": {"content": sentence(page)}, "at": {"isAtAll": False}}
    return {**page, "idempotency_key": page["id"], "text": sentence(page)}


def sentence(page: Mapping[str, Any]) -> str:
    """One line for a phone's lock screen: place before name, since feet need the room first."""
    words = {"intervene": "干预·立即到场", "warn": "预警·尽快查看", "assist": "协助·有空就去"}
    parts = (
        words.get(page["tier"], ""),
        page.get("place_name") or page.get("place") or "",
        page.get("person_name") or "",
    )
    return " ".join(p for p in (*parts, page["reason"]["zh"]) if p) + "（辅助提醒，非医疗器械）"


class WebPush:
    """Web Push (RFC 8030, 8291, VAPID RFC 8292) to every browser that the person has allowed."""

    name = "push"

    def __init__(self, keys: Path, subject: str = "mailto:duty@localhost") -> None:
        self._file = keys / "vapid.pem"
        self._subject = subject

    def public_key(self) -> str:
        """The application server key a browser subscribes with, base64url."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        raw = self._key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def send_to(self, subscriptions: Sequence[tuple[str, str, str]], page: Mapping[str, Any]) -> Outcome:
        """(endpoint, p256dh, auth) each; delivered when one push service took it."""
        if not subscriptions:
            return Outcome(False, "", final=True)
        from pywebpush import WebPushException, webpush

        self._key()
        said = []
        taken = False
        for endpoint, p256dh, auth in subscriptions:
            try:
                webpush(
                    {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}},
                    json.dumps({"page": page["id"], "alarm": page["alarm"], "text": sentence(page)}, ensure_ascii=False),
                    vapid_private_key=str(self._file), vapid_claims={"sub": self._subject}, ttl=120, timeout=TIMEOUT_S,
                )  # fmt: skip
                taken = True
            except (WebPushException, OSError, ValueError) as error:
                said.append(str(error)[:120])
        return Outcome(taken, "; ".join(said), final=False)

    def _key(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
            load_pem_private_key,
        )

        if not self._file.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.touch(mode=0o600)
            self._file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return load_pem_private_key(self._file.read_bytes(), None)
