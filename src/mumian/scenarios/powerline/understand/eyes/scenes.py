"""Annotated photographs: what training learns from and evaluation judges by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.understand.eyes import voc
from mumian.scenarios.powerline.understand.eyes.boxes import Boxes
from mumian.scenarios.powerline.understand.eyes.pictures import photographs


@dataclass(frozen=True, slots=True)
class Scene:
    """One annotated photograph, boxes in its stored pixels. `family` is None where no family names it.

    `is_whole` is False where an annotated box could not be read: what is detected there may well be true.
    """

    name: str
    path: Path
    insulators: Boxes
    defects: Boxes
    family: str | None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Gathered:
    """Scenes, photographs without annotation (by name), and annotations or boxes refused, with the reason."""

    scenes: tuple[Scene, ...]
    unannotated: tuple[str, ...]
    refused: tuple[str, ...]


def gather(
    folders: Sequence[Path], annotations: Sequence[Path], family_of: Mapping[str, str] | None = None
) -> Gathered:
    """Photographs of each folder with the VOC files of the annotation folder at the same place in its list."""
    if len(folders) != len(annotations):
        raise BadInput(detail="Give as many --annotations as --images, in the same order")
    scenes, bare, refused, others = list[Scene](), list[str](), list[str](), Counter[str]()
    for folder, labels in zip(folders, annotations, strict=True):
        if not labels.is_dir():
            raise BadInput(detail=f"There is no folder {labels}: name the folder of the VOC XML files")
        for path in photographs(folder):
            label = labels / f"{path.stem}.xml"
            if not label.is_file():
                bare.append(path.name)
                continue
            try:
                read = voc.read(label)
            except voc.AnnotationUnreadable as fault:
                refused.append(str(fault))
                continue
            refused += read.refused
            others.update(read.others)
            family = (family_of or {}).get(path.stem)
            scenes.append(
                Scene(path.stem, path, read.insulators, read.defects, family, is_whole=not read.refused)
            )
    if not scenes:
        raise BadInput(
            detail=f"No photograph in {folders[0]} has a usable XML of the same name in {annotations[0]}"
            + (f" (first: {refused[0]})" if refused else "")
        )
    refused += [
        f"{n} objects named {name!r} passed over: insulator and defect are judged"
        for name, n in sorted(others.items())
    ]
    return Gathered(tuple(scenes), tuple(bare), tuple(refused))
