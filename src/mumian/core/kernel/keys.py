"""Signing keys: `home/keys/NAME.pem` (0600), made at first use, the public half beside it as `NAME.pub.pem`.

A key never leaves its home; whoever wants to check a signature elsewhere needs the public half from a source of trust.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from mumian.core.kernel.errors import MumianError


class KeyUnusable(MumianError, PermissionError):
    """The key file is there but cannot be used."""

    code, status = "key_unusable", 500
    zh = "签名密钥 {path} 不能用：{detail}"
    en = "The signing key {path} cannot be used: {detail}"


def private(home: Path, name: str = "figures") -> Ed25519PrivateKey:
    """The home's key of this name; made when there is none yet. Raises KeyUnusable when others may read it."""
    path = home / "keys" / f"{name}.pem"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise KeyUnusable(path=str(path), detail=f"others may read it; chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except ValueError:
        raise KeyUnusable(path=str(path), detail="it is not a PEM key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(path=str(path), detail="it is not an Ed25519 key")
    return key


def public(home: Path) -> Ed25519PublicKey | None:
    """The public half; None while nothing was signed in this home."""
    path = home / "keys" / "figures.pub.pem"
    if not path.exists():
        return private(home).public_key() if (home / "keys" / "figures.pem").exists() else None
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(path=str(path), detail="it is not an Ed25519 key")
    return key


def pem(key: Ed25519PublicKey) -> str:
    """A public key as text."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # fails if another process was first: then its key is the home's
    except FileExistsError:
        return
    finally:
        fresh.unlink()
    path.with_name(f"{path.stem}.pub.pem").write_text(pem(key.public_key()), "ascii")
