"""Dead Simple Signing Envelope 1.0 with Ed25519: what is signed is the payload with its type, never JSON re-serialised.

It knows nothing of figures; an envelope whose signature fails is refused, whatever its payload says.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mumian.core.kernel.errors import MumianError


class SignatureInvalid(MumianError, ValueError):
    """The envelope was not signed by this home's key, or was changed afterwards."""

    code, status = "signature_invalid", 409
    zh = "签名不符：{detail}"
    en = "The signature does not hold: {detail}"


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def key_id(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key in hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def sign(payload_type: str, payload: bytes, key: Ed25519PrivateKey) -> dict[str, Any]:
    """The envelope as a JSON object."""
    signature = key.sign(pae(payload_type, payload))
    return {
        "payloadType": payload_type,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key_id(key.public_key()), "sig": base64.b64encode(signature).decode()}],
    }


def verify(envelope: Mapping[str, Any], payload_type: str, key: Ed25519PublicKey) -> bytes:
    """The payload, if the envelope is of this type and signed by `key`. Raises SignatureInvalid."""
    try:
        if envelope["payloadType"] != payload_type:
            raise SignatureInvalid(
                detail=f"payload type {envelope['payloadType']!r}, expected {payload_type!r}"
            )
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [base64.b64decode(s["sig"], validate=True) for s in envelope["signatures"]]
    except (KeyError, TypeError, binascii.Error) as error:
        raise SignatureInvalid(detail=f"not a DSSE envelope ({error})") from None
    message = pae(payload_type, payload)
    if not any(_holds(key, signature, message) for signature in signatures):
        raise SignatureInvalid(detail=f"no signature by key {key_id(key)[:16]}")
    return payload


def _holds(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
