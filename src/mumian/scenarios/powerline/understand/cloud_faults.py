"""What can be wrong with a point cloud, each with a reason and a remedy in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mumian.core.kernel.errors import BadInput


class NotACloud(BadInput):
    """The file is neither LAS/LAZ nor Parquet."""

    code = "not_a_cloud"
    zh = "{path}：不是点云；需要 LAS、LAZ，或含 x、y、z（米）三列的 Parquet 文件"
    en = "{path}: no point cloud; LAS, LAZ or Parquet with columns x, y, z in metres is meant"


class CloudDamaged(BadInput):
    """Bytes of the file cannot be decoded, or decode to points that its header excludes."""

    code = "cloud_damaged"
    zh = "{path}：文件已损坏（{detail}）；请重新导出或重新传输"
    en = "{path}: the file is damaged ({detail}); export or transfer it again"


class CloudLacks(BadInput):
    """A Parquet file without numeric columns x, y and z."""

    code = "cloud_lacks"
    zh = "{path}：缺少数值列 {missing}（现有列：{present}）"
    en = "{path}: no numeric column {missing} (columns here: {present})"


class CloudEmpty(BadInput):
    """Not one point with a place."""

    code = "cloud_empty"
    zh = "{path}：没有一个有效点（{rows} 行，{dropped} 行坐标无效）"
    en = "{path}: not one point with a place ({rows} rows, {dropped} of them without x, y, z that are finite and on earth)"


@contextmanager
def as_damage(path: Path) -> Iterator[None]:
    """Whatever a decoder throws at damaged bytes becomes CloudDamaged; also the panics of lazrs, which are no Exceptions."""
    try:
        yield
    except (BadInput, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except ImportError as error:
        raise BadInput(
            detail=f"{path}: reading it needs the package {error.name}: install mumian[powerline]"
        ) from None
    except BaseException as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise CloudDamaged(path=path, detail=reason) from None
