"""Envelopes: checked against the standard's own vector and against another implementation where there is one."""

from __future__ import annotations

import base64
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mumian.core.kernel import dsse, keys

KEY = Ed25519PrivateKey.generate()


def test_the_signed_bytes_are_those_of_the_specification():
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_an_envelope_reads_back():
    envelope = dsse.sign("text/plain", "木棉".encode(), KEY)
    assert dsse.verify(envelope, "text/plain", KEY.public_key()) == "木棉".encode()


def test_another_implementation_accepts_it():
    securesystemslib = pytest.importorskip("securesystemslib.dsse")
    from securesystemslib.signer import SSlibKey

    envelope = dsse.sign("text/plain", b"hello", KEY)
    public = SSlibKey.from_crypto(KEY.public_key(), keyid=dsse.key_id(KEY.public_key()))
    accepted = securesystemslib.Envelope.from_dict(envelope).verify([public], 1)
    assert list(accepted) == [public.keyid]


def test_plain_cryptography_accepts_it():
    envelope = dsse.sign("text/plain", b"hello", KEY)
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    KEY.public_key().verify(signature, b"DSSEv1 10 text/plain 5 hello")


@pytest.mark.parametrize(
    "change",
    [
        {"payload": base64.b64encode(b"hellp").decode()},
        {"payloadType": "text/html"},
        {"signatures": []},
        {"signatures": [{"keyid": "x", "sig": base64.b64encode(bytes(64)).decode()}]},
        {"signatures": [{"sig": "?"}]},
        {"payload": None},
        {"signatures": None},
    ],
)
def test_a_changed_envelope_is_refused(change):
    with pytest.raises(dsse.SignatureInvalid):
        dsse.verify({**dsse.sign("text/plain", b"hello", KEY), **change}, "text/plain", KEY.public_key())


def test_another_key_is_refused():
    with pytest.raises(dsse.SignatureInvalid, match="no signature by key"):
        dsse.verify(
            dsse.sign("text/plain", b"x", KEY), "text/plain", Ed25519PrivateKey.generate().public_key()
        )


def test_the_homes_key_is_made_once_and_for_its_owner_only(tmp_path):
    first = keys.private(tmp_path)
    assert keys.private(tmp_path).private_bytes_raw() == first.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / "keys" / "figures.pem").stat().st_mode) == 0o600
    public = keys.public(tmp_path)
    assert public is not None
    assert public.public_bytes_raw() == first.public_key().public_bytes_raw()
    assert [p.name for p in sorted((tmp_path / "keys").iterdir())] == ["figures.pem", "figures.pub.pem"]


def test_a_key_that_others_may_read_is_not_used(tmp_path):
    keys.private(tmp_path)
    (tmp_path / "keys" / "figures.pem").chmod(0o644)
    with pytest.raises(keys.KeyUnusable, match="chmod 600"):
        keys.private(tmp_path)
