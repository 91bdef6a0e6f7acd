"""Pascal VOC annotations: one XML file a photograph, boxes in pixels. Parsed without entities (XXE, billion laughs)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mumian.core.kernel.errors import MumianError
from mumian.scenarios.powerline.understand.eyes.boxes import Boxes

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_MOST_BYTES = 4_000_000


class AnnotationUnreadable(MumianError, ValueError):
    """The XML is damaged or hostile, or a box in it is none."""

    code, status = "annotation_unreadable", 422
    zh = "标注 {file} 有误：{fault}。请改正或移出"
    en = "The annotation {file} is wrong: {fault}. Mend it or move it out"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Boxes by category, what was left out and why, and the names of objects that are neither."""

    insulators: Boxes
    defects: Boxes
    refused: tuple[str, ...]
    others: tuple[str, ...]


def read(path: Path) -> Annotation:
    """Boxes without area are left out and named in `refused`; objects of other categories stand in `others`."""
    boxes: dict[str, list[list[float]]] = {"insulator": [], "defect": []}
    refused, others = [], []
    for thing in _root(path).iter("object"):
        name = (thing.findtext("name") or "").strip().lower()
        if name in boxes:
            box, fault = _box(thing)
            if fault:
                refused.append(f"{path.name}: {name} {fault}")
            else:
                boxes[name].append(box)
        else:
            others.append(name)
    made = {name: np.array(found, np.float32).reshape(-1, 4) for name, found in boxes.items()}
    return Annotation(made["insulator"], made["defect"], tuple(refused), tuple(others))


def _root(path: Path) -> Any:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, parse

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise AnnotationUnreadable(file=path.name, fault=f"larger than {_MOST_BYTES} bytes")
        return parse(path).getroot()
    except ParseError as fault:
        raise AnnotationUnreadable(file=path.name, fault=f"not well-formed ({fault})") from fault
    except DefusedXmlException as fault:
        raise AnnotationUnreadable(file=path.name, fault="it declares entities") from fault
    except (OSError, ValueError, LookupError) as fault:
        if isinstance(fault, AnnotationUnreadable):
            raise
        raise AnnotationUnreadable(file=path.name, fault=type(fault).__name__) from fault


def _box(thing: Any) -> tuple[list[float], str]:
    """The corners and an empty string, or what is wrong with them."""
    try:
        box = [float(thing.findtext(f"bndbox/{corner}")) for corner in _CORNERS]
    except (TypeError, ValueError):
        return [], "has no box of four numbers"
    if not all(np.isfinite(box)):
        return [], "has a corner that is no finite number"
    if box[2] <= box[0] or box[3] <= box[1]:
        return [], f"has no area ({', '.join(f'{edge:g}' for edge in box)})"
    return box, ""
