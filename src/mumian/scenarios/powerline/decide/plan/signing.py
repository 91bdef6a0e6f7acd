"""Who vouches for a certificate: a DSSE envelope around it, signed by the home that proved the plan, or by the person's own key.

The signature says who proved the plan and that the certificate is as it was then; whether the plan keeps the rules is for `prove`
alone. Ed25519 is deterministic, so the same plan and key give the same envelope.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from mumian.core.kernel import dsse, keys, settings

PAYLOAD = "application/vnd.in-toto+json"
NAME = "plans"
Envelope = dict[str, Any]


@dataclass(frozen=True)
class Signature:
    """What an envelope in a file is worth: `holds`, `does not hold` or `none`; by which key; whether that key is ours."""

    state: str
    key_id: str | None = None
    is_own: bool = False


def own_key() -> Ed25519PrivateKey | None:
    """The key of this home, where there is one, else that of the person (`~/.config/mumian`); made at first use.

    None where neither folder can be written. Raises KeyUnusable for a key that others may read.
    """
    home = settings.load().home
    person = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "mumian"
    for folder in (home, person) if home.is_dir() else (person,):
        try:
            return keys.private(folder, NAME)
        except keys.KeyUnusable:
            raise
        except (OSError, RuntimeError):
            continue
    return None


def signed(certificate: Mapping[str, Any], key: Ed25519PrivateKey | None) -> Envelope | None:
    """The certificate in an envelope, with the public key to check it by."""
    if key is None:
        return None
    return dsse.sign(PAYLOAD, _payload(certificate), key) | {"publicKey": keys.pem(key.public_key())}


def checked(envelope: object, certificate: object, own: Ed25519PrivateKey | None) -> Signature:
    """Whether the envelope holds for this very certificate."""
    if envelope is None:
        return Signature("none")
    if not isinstance(envelope, dict):
        return Signature("does not hold")
    try:
        key = load_pem_public_key(str(envelope.get("publicKey")).encode())
        if not isinstance(key, Ed25519PublicKey):
            return Signature("does not hold")
        id_ = dsse.key_id(key)
        held = json.loads(dsse.verify(envelope, PAYLOAD, key))
    except (ValueError, TypeError, UnsupportedAlgorithm, RecursionError):
        return Signature("does not hold")
    is_own = own is not None and own.public_key().public_bytes_raw() == key.public_bytes_raw()
    return Signature("holds" if held == certificate else "does not hold", id_, is_own)


def _payload(certificate: Mapping[str, Any]) -> bytes:
    return json.dumps(certificate, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
