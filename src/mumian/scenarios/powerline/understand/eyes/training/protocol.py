"""The protocol: what is learned from, what chooses the threshold and what is judged, kept apart family by family.

1. Tested families are set aside, with one block of untouched photographs. 2. For each of `inner` families among the
others a network learns from the rest and scores that family and a block of untouched photographs, having met neither.
3. The threshold follows from those scores by a fixed rule (`threshold`). 4. The network that ships learns from all but
the tested families. 5. It is judged once on what was set aside. Without tested families, step 2 is the judgement: each
family is then judged at the threshold that the other families' scores give (`crossed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.understand.eyes.detector import detect
from mumian.scenarios.powerline.understand.eyes.figures import figures, judge
from mumian.scenarios.powerline.understand.eyes.model import Eyes, session
from mumian.scenarios.powerline.understand.eyes.pictures import Picture
from mumian.scenarios.powerline.understand.eyes.scenes import Scene
from mumian.scenarios.powerline.understand.eyes.sight import Sight
from mumian.scenarios.powerline.understand.eyes.training import thresholds
from mumian.scenarios.powerline.understand.eyes.training.blocks import blocks
from mumian.scenarios.powerline.understand.eyes.training.card import card
from mumian.scenarios.powerline.understand.eyes.training.export import to_onnx
from mumian.scenarios.powerline.understand.eyes.training.learn import learn
from mumian.scenarios.powerline.understand.eyes.training.photos import SERVED_SIDE, load
from mumian.scenarios.powerline.understand.eyes.training.views import Photo
from mumian.scenarios.powerline.understand.eyes.training.weights import Kernel

Done = Callable[[], None]
Teach = Callable[[Sequence[Photo], "Plan", Done], dict[str, Kernel]]


@dataclass(frozen=True)
class Plan:
    """Scenes, the families to test (none: each in turn), steps of each run, inner families, seed."""

    scenes: tuple[Scene, ...]
    tested: frozenset[str]
    steps: int
    inner: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse what could only give a meaningless card."""
        if unknown := self.tested - set(self.families):
            raise BadInput(
                detail=f"No photograph with a defect belongs to family {', '.join(sorted(unknown))}; "
                f"there are {', '.join(self.families) or 'none'}"
            )
        if len(self.taught) < 2:
            raise BadInput(
                detail="Training needs at least two families beside the tested ones: one to learn from, one to choose "
                "the threshold on"
            )

    @cached_property
    def families(self) -> list[str]:
        """Families with a defect in them, in order of name."""
        return sorted({s.family for s in self.scenes if s.family is not None and len(s.defects)})

    @property
    def taught(self) -> list[str]:
        """Families that are not tested."""
        return [family for family in self.families if family not in self.tested]

    @property
    def inner_families(self) -> list[str]:
        """Those on which the threshold is chosen: all where none is tested."""
        return self.taught if not self.tested else self.taught[: max(1, self.inner)]

    @property
    def total_steps(self) -> int:
        """Of all runs together."""
        return self.steps * (len(self.inner_families) + 1)


class Scored(NamedTuple):
    """A photograph and what a network that never met it saw on it, down to weak scores."""

    scene: Scene
    sight: Sight


def _learn(photos: Sequence[Photo], plan: Plan, done: Done) -> dict[str, Kernel]:
    return learn(photos, plan.steps, plan.seed, lambda _: done())


def carry_out(plan: Plan, name: str, done: Done, teach: Teach = _learn) -> tuple[bytes, dict[str, Any]]:
    """The network as ONNX and its card. BadInput where the scenes cannot carry the plan."""
    photos, block_of = load(plan.scenes), blocks(plan.scenes, len(plan.families))
    number_of = {family: number for number, family in enumerate(plan.families)}
    aside = {number_of[family] for family in plan.tested}

    def pick(families: Iterable[str], blocks_of: Iterable[int]) -> list[Photo]:
        wanted, numbers = set(families), set(blocks_of)
        return [p for p in photos if p.scene.family in wanted or block_of.get(p.scene.name) in numbers]

    free = set(range(len(plan.families))) - aside
    scored: dict[str, list[Scored]] = {}
    for family in plan.inner_families:
        held = {number_of[family]}
        kernels = teach(pick(set(plan.taught) - {family}, free - held), plan, done)
        scored[family] = score(eyes_of(kernels), pick([family], held))
    chosen = thresholds.choose([one for members in scored.values() for one in members])
    lessons = pick(plan.taught, free)
    kernels = thresholds.aligned(teach(lessons, plan, done), chosen)
    eyes = eyes_of(kernels)
    evaluation = (
        {
            family: _judged(members, chosen.defect)
            for family, members in _set_aside(plan, eyes, pick, aside).items()
        }
        if plan.tested
        else crossed(scored)
    )
    network = to_onnx(kernels)
    return network, card(name, network, plan, chosen, lessons, evaluation)


def crossed(scored: Mapping[str, Sequence[Scored]]) -> dict[str, Any]:
    """Each family, judged by the network that never met it at the threshold that the other families' scores give."""
    table = {}
    for family, members in scored.items():
        others = [one for other, them in scored.items() if other != family for one in them]
        chosen = thresholds.choose(others)
        judged = thresholds.shifted(members, chosen)
        table[family] = _judged(judged, chosen.defect)
    return table


def score(eyes: Eyes, photos: Iterable[Photo]) -> list[Scored]:
    """What the network sees on photographs at training scale."""
    return [Scored(photo.scene, detect(eyes, Picture(photo.pixels, 1))) for photo in photos]


def eyes_of(kernels: Mapping[str, Kernel]) -> Eyes:
    """The network as it will be served, before it has a card."""
    return Eyes({"inputs": {"long_side": SERVED_SIDE}}, session(to_onnx(kernels)))


def _set_aside(
    plan: Plan, eyes: Eyes, pick: Callable[[Iterable[str], Iterable[int]], list[Photo]], aside: set[int]
) -> dict[str, list[Scored]]:
    """Tested families, and the untouched photographs set aside, each scored once."""
    parts = {family: pick([family], ()) for family in sorted(plan.tested)} | {"normal": pick((), aside)}
    return {name: score(eyes, photos) for name, photos in parts.items() if photos}


def _judged(members: Iterable[Scored], threshold: float) -> dict[str, Any]:
    judged = [judge(one.scene, one.sight, threshold) for one in members]
    return {"threshold": threshold, **figures(judged)}
