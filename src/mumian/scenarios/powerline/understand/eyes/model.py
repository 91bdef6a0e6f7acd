"""A detector's files: `models/<name>/model.onnx` beside its `card.json`, which fixes version, threshold and digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.errors import MumianError

SHIPPED = Path(__file__).parent / "models"
DEFAULT = "banyan"
LARGEST_BYTES = 8_000_000


class EyesUnusable(MumianError, ValueError):
    """There is no such model, or its file is not the one that its card describes."""

    code, status = "eyes_unusable", 422
    zh = "缺陷识别模型 {model} 不可用：{fault}。{mend}"
    en = "The defect model {model} is not usable: {fault}. {mend}"


class Seen(NamedTuple):
    """One class over one picture: heat (h, w) from 0 to 1, sides (4, h, w) in pixels."""

    heat: NDArray[np.float32]
    sides: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Eyes:
    """A loaded network and its card. `session` is ONNX Runtime's, on one thread."""

    card: dict[str, Any]
    session: Any

    @property
    def name(self) -> str:
        """`name@version`, as findings and reports cite it."""
        return f"{self.card['name']}@{self.card['version']}"

    @property
    def threshold(self) -> float:
        """The one operating point, fixed before any figure on the card was taken."""
        return float(self.card["threshold"])

    @property
    def long_side(self) -> int:
        """Pixels of the longer side of a whole photograph at the scale the network learned from."""
        return int(self.card["inputs"]["long_side"])

    def look(self, pixels: NDArray[np.uint8]) -> dict[str, Seen]:
        """Maps by category of `pixels` (h, w, 3), h and w multiples of 32."""
        names = ["defect_heat", "defect_sides", "insulator_heat", "insulator_sides"]
        heat, sides, strand_heat, strand_sides = self.session.run(names, {"pixels": pixels[None]})
        return {"defect": Seen(heat[0, 0], sides[0]), "insulator": Seen(strand_heat[0, 0], strand_sides[0])}


def load(name: str | None = None) -> Eyes:
    """A shipped model by its name, one's own by its folder, or the default."""
    chosen = name or DEFAULT
    folder = SHIPPED / chosen if (SHIPPED / chosen / "card.json").is_file() else Path(chosen)
    card, network = _files(folder, chosen)
    if hashlib.sha256(network).hexdigest() != card.get("sha256"):
        raise _unusable(chosen, "model.onnx is not the file that card.json describes")
    return Eyes(card, session(network))


def session(network: bytes) -> Any:
    """ONNX Runtime on one thread: more of them are slower on busy cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def _files(folder: Path, chosen: str) -> tuple[dict[str, Any], bytes]:
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        network = (folder / "model.onnx").read_bytes()
    except (OSError, ValueError) as fault:
        raise _unusable(chosen, f"card.json or model.onnx cannot be read ({type(fault).__name__})") from fault
    if not isinstance(card, dict) or not {"name", "version", "threshold", "inputs"} <= card.keys():
        raise _unusable(chosen, "card.json is not a card of this kind of model")
    return card, network


def _unusable(model: str, fault: str) -> EyesUnusable:
    shipped = ", ".join(sorted(path.parent.name for path in SHIPPED.glob("*/card.json")))
    return EyesUnusable(
        model=model, fault=fault, mend=f"Name a shipped model ({shipped}) or a folder made by `train`"
    )
