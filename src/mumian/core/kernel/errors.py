"""The error tree. An error carries facts, a stable code, a message key in both languages, and whether trying again helps.

It refuses to be a bare string: the person at the desk reads `say(error, lang)`, a program reads `code` and `facts`.
"""

from __future__ import annotations

from typing import Any, ClassVar


class MumianError(Exception):
    """Root of all our errors. Subclasses also derive from the natural builtin (ValueError, PermissionError, …).

    `zh`/`en` are format strings over the facts given as keywords; they say what is wrong and how to mend it.
    """

    code: ClassVar[str] = "mumian"
    status: ClassVar[int] = 500
    retry_helps: ClassVar[bool] = False
    zh: ClassVar[str] = "程序内部出错：{detail}"
    en: ClassVar[str] = "Internal fault: {detail}"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.say("en"))

    def say(self, lang: str = "zh") -> str:
        """The message for people, in Chinese unless `lang` starts with "en"."""
        text = self.en if lang.startswith("en") else self.zh
        return text.format(**self.facts)


class BadInput(MumianError, ValueError):
    """What was handed in cannot be accepted; exit code 2, HTTP 422."""

    code, status = "bad_input", 422
    zh, en = "{detail}", "{detail}"


class NotFound(MumianError, LookupError):
    """It does not exist, or it lies outside the asker's scope (the two must look alike)."""

    code, status = "not_found", 404
    zh, en = "没有 {what} {id}，或不在您的范围内", "No {what} {id}, or it lies outside your scope"


class Forbidden(MumianError, PermissionError):
    """The role does not carry this action at all."""

    code, status = "forbidden", 403
    zh = "您的角色（{role}）没有 {action} 这一步的权限；需要时请管理员做，或请管理员调整角色"
    en = "Your role ({role}) may not {action}: ask an administrator to do it, or to change your role"


class Unauthenticated(MumianError, PermissionError):
    """Nobody is signed in, or the token is unknown or has expired."""

    code, status = "unauthenticated", 401
    zh, en = (
        "请先登录，或换一个有效的令牌（mumian token）",
        "Sign in first, or use a valid token (mumian token)",
    )


class Conflict(MumianError, ValueError):
    """The state of the thing forbids this now."""

    code, status = "conflict", 409
    zh, en = "现在是“{state}”，不能 {action}", "It is {state} now; {action} is not possible"


class Unavailable(MumianError, RuntimeError):
    """A part is down or the disk is full; trying again later helps."""

    code, status, retry_helps = "unavailable", 503, True
    zh, en = "{part} 暂不可用：{detail}", "{part} is not available: {detail}"
