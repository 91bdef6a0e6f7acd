"""What store says when it cannot: each error names the thing and how to mend it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import psycopg_pool

from mumian.core.kernel.errors import BadInput, MumianError, Unavailable


class HomeInUse(MumianError, RuntimeError):
    """Another living service owns this data folder."""

    code, status = "home_in_use", 409
    zh = "数据目录 {home} 正由进程 {pid} 使用：先停止它（kill {pid}），或用 MUMIAN_HOME 指定另一个目录"
    en = "{home} is in use by process {pid}: stop it first (kill {pid}), or set MUMIAN_HOME to another folder"


class HomeNotEmpty(MumianError, RuntimeError):
    """A backup is restored into an empty home only."""

    code, status = "home_not_empty", 409
    zh = "{home} 里已有数据：请把 MUMIAN_HOME 指向一个空目录再恢复"
    en = "{home} holds data already: set MUMIAN_HOME to an empty folder and restore there"


class DiskFull(MumianError, OSError):
    """No room left. Telemetry is shed first, alarms last."""

    code, status, retry_helps = "disk_full", 507, True
    zh = "磁盘已满（{detail}）：请腾出空间；在此之前先丢弃遥测，报警照常"
    en = "The disk is full ({detail}): make room; until then telemetry is refused first, alarms last"


class SegmentCorrupt(MumianError, OSError):
    """A sealed file is missing or no longer what was sealed."""

    code = "segment_corrupt"
    zh = "封存文件 {path} 损坏或缺失（{detail}）：运行 mumian verify，并从备份恢复"
    en = "Sealed file {path} is damaged or missing ({detail}): run mumian verify and restore it from a backup"


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the driver and the disk in our own words; what is a mistake in SQL passes unchanged."""
    try:
        yield
    except psycopg.errors.DiskFull as error:
        raise DiskFull(detail=_line(error)) from error
    except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable) as error:
        raise Unavailable(part="postgres", detail=_line(error)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg_pool.PoolTimeout) as error:
        if "No space left" in str(error):
            raise DiskFull(detail=_line(error)) from error
        raise Unavailable(part="postgres", detail=_line(error)) from error
    except psycopg.errors.UntranslatableCharacter as error:
        raise BadInput(detail=_line(error)) from error
    except psycopg.DataError as error:
        if "NUL" not in str(error):
            raise
        raise BadInput(detail="text holds a NUL character: leave it out") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(detail=str(error)) from error
        raise


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
