"""Groups of photographs that show one and the same string. A figure holds only for families that training never met."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mumian.core.kernel.errors import BadInput


def read(path: Path) -> dict[str, str]:
    """Family of each photograph by the stem of its file name.

    Takes `{"families": {"A": ["000", …], …}}` or the inner object alone. A photograph in two families is refused: a
    split by such families would leak.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise BadInput(
            detail=f"Cannot read the families in {path}: {fault.strerror}; name a JSON file"
        ) from fault
    except (ValueError, RecursionError) as fault:
        raise BadInput(
            detail=f"Cannot read the families in {path.name} ({type(fault).__name__}): it must be JSON"
        ) from fault
    families = content.get("families", content) if isinstance(content, dict) else None
    if not isinstance(families, dict) or not families or not all(_names(ids) for ids in families.values()):
        raise BadInput(
            detail=f'{path.name} must look like {{"families": {{"A": ["000", "001"], "B": ["002"]}}}}'
        )
    return _disjoint(families, path.name)


def _names(ids: Any) -> bool:
    return isinstance(ids, list) and all(isinstance(id, str | int) for id in ids)


def _disjoint(families: Mapping[str, list[Any]], file: str) -> dict[str, str]:
    family_of: dict[str, str] = {}
    for family, ids in families.items():
        for id in map(str, ids):
            stem = Path(id).stem
            if family_of.setdefault(stem, family) != family:
                raise BadInput(
                    detail=f"{file}: photograph {stem} stands in families {family_of[stem]} and {family}. "
                    "Overlapping families leak from training into the test: keep it in one"
                )
    return family_of
