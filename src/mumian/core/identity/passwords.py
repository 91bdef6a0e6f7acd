"""Passwords of people: argon2id (RFC 9106), and the few that are refused. At most two are hashed at a time (64 MiB each)."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mumian.core.kernel.errors import BadInput

SHORTEST, LONGEST = 8, 256
_HASHER = PasswordHasher()
_SLOTS = BoundedSemaphore(2)
_COMMON = frozenset(
    [
        "password",
        "password1",
        "passw0rd",
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "qwertyui",
        "qwerty123",
        "abc12345",
        "abcd1234",
        "a1234567",
        "iloveyou",
        "admin123",
        "administrator",
        "letmein1",
        "welcome1",
        "5201314520",
        "woaini520",
        "mumian123",
        "88888888",
        "66666666",
    ]
)


class WeakPassword(BadInput):
    """The password would be guessed at once."""

    code = "weak_password"
    zh = "密码不行：{why_zh}。请用 8 个字以上、别人猜不到的密码"
    en = "That password will not do: {why_en}. Use 8 characters or more that nobody guesses"


def hashed(password: str, user_name: str) -> str:
    """The argon2id hash to store. Raises WeakPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(
            why_zh=f"应有 {SHORTEST} 到 {LONGEST} 个字",
            why_en=f"it must have {SHORTEST} to {LONGEST} characters",
        )
    if password.casefold() in _COMMON or len(set(password)) < 3:
        raise WeakPassword(why_zh="太常见", why_en="it is too common")
    if password.casefold() == user_name.casefold():
        raise WeakPassword(why_zh="与用户名相同", why_en="it is the user name")
    with _SLOTS:
        return _HASHER.hash(_bytes(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether it is the password behind `stored`; None takes as long and gives False, so that nobody learns user names."""
    with _SLOTS:
        try:
            _HASHER.verify(stored or _nobody(), _bytes(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


@cache
def _nobody() -> str:
    return _HASHER.hash(b"nobody has this password")


def _bytes(password: str) -> bytes:
    return password[: LONGEST + 1].encode("utf-8", "surrogatepass")
