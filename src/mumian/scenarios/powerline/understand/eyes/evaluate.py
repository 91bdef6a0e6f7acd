"""Judging a model on annotated photographs, group by group, and saying which of them its training has seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mumian.scenarios.powerline.understand.eyes.detector import detect
from mumian.scenarios.powerline.understand.eyes.figures import Judged, figures, judge
from mumian.scenarios.powerline.understand.eyes.fingerprints import alike, fingerprint
from mumian.scenarios.powerline.understand.eyes.model import Eyes
from mumian.scenarios.powerline.understand.eyes.pictures import PictureUnreadable, read
from mumian.scenarios.powerline.understand.eyes.scenes import Scene

UNGROUPED = "ungrouped"


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of the scenes: judged with whether training saw the photograph, and those nobody could look at."""

    judged: tuple[tuple[Judged, bool], ...]
    refused: tuple[str, ...]


def look(
    eyes: Eyes, scenes: Iterable[Scene], threshold: float, done: Callable[[], None] = lambda: None
) -> Looked:
    """Detect and judge each scene at the threshold."""
    taught = list(eyes.card.get("trained_on", {}).get("fingerprints", []))
    judged, refused = list[tuple[Judged, bool]](), list[str]()
    for scene in scenes:
        try:
            picture = read(scene.path)
        except PictureUnreadable as fault:
            refused.append(str(fault))
        else:
            seen_before = alike(fingerprint(picture.pixels), taught)
            judged.append((judge(scene, detect(eyes, picture), threshold), seen_before))
        done()
    return Looked(tuple(judged), tuple(refused))


def report(eyes: Eyes, threshold: float, looked: Looked) -> dict[str, Any]:
    """Figures per group, over all, and over what training did not see.

    A group counts as seen in training if any of its photographs was, since its other photographs show the same string;
    `unseen` is null where nothing else is left: such figures say nothing about strings that the model has not met.
    """
    groups: dict[str, list[tuple[Judged, bool]]] = {}
    for judged, seen in looked.judged:
        groups.setdefault(judged.scene.family or UNGROUPED, []).append((judged, seen))
    leaked = {
        name for name, members in groups.items() if name != UNGROUPED and any(seen for _, seen in members)
    }
    unseen = [
        judged
        for name, members in groups.items()
        if name not in leaked
        for judged, seen in members
        if not seen
    ]
    return {
        "model": eyes.name,
        "threshold": threshold,
        "groups": {name: _group(members, seen=name in leaked) for name, members in sorted(groups.items())},
        "all": _group(list(looked.judged), seen=any(seen for _, seen in looked.judged)),
        "unseen": figures(unseen) if any(one.shown for one in unseen) else None,
        "verdict": _verdict(sorted(leaked), looked.judged, unseen),
        "refused": list(looked.refused),
    }


def _group(members: Sequence[tuple[Judged, bool]], *, seen: bool) -> dict[str, Any]:
    return {
        "seen_in_training": seen,
        "images_seen_in_training": sum(before for _, before in members),
        **figures(judged for judged, _ in members),
    }


def _verdict(leaked: Sequence[str], judged: Sequence[Any], unseen: Sequence[Judged]) -> str:
    seen = sum(before for _, before in judged)
    if not seen:
        return "No photograph here was seen in training"
    which = f"families {', '.join(leaked)}" if leaked else f"{seen} of {len(judged)} photographs"
    rest = (
        "their figures do not count; those under `unseen` do"
        if any(one.shown for one in unseen)
        else "no figure for unseen strings can be given from these photographs: "
        "judge on families that the model's card does not name"
    )
    return f"Seen in training: {which}; {rest}"
