"""Records become findings. Pure steps over keyed state; a finding may abstain, and nobody is paged here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mumian.core.understand.steps import Detector


def detectors() -> Sequence[Detector[Any]]:
    """Fresh detectors; each keeps its state with the caller. None yet."""
    return ()
