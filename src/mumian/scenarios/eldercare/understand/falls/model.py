"""A shipped model: `models/<name>/model.onnx` beside its `card.json`, which fixes name, version, thresholds and digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mumian.core.kernel.errors import MumianError
from mumian.scenarios.eldercare.understand.falls.thresholds import Thresholds

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIPPED = Path(__file__).parent / "models"
DEFAULT = "kapok"


class ModelUnusable(MumianError, ValueError):
    """There is no such model, or its file is not the one that its card describes."""

    code, status = "model_unusable", 422
    zh = "跌倒模型 {model} 不可用：{fault}。{mend}"
    en = "Fall model {model} is not usable: {fault}. {mend}"


class FallModel:
    """Scores windows of cells. One instance may serve any number of devices and threads."""

    def __init__(self, card: dict[str, Any], network: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        self.card = card
        self.thresholds = Thresholds(
            float(card["threshold"]), float(card.get("threshold_slow", card["threshold"]))
        )
        self.name = f"{card['name']}@{card['version']}"

    def score(self, traces: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) scores in 0 … 1 of `traces`, (n, channels, cells) as `traces.trace` draws them."""
        if not len(traces):
            return np.empty(0, np.float32)
        (score,) = self._session.run(["score"], {"traces": traces})
        return np.asarray(score, np.float32).reshape(len(traces))


def load_model(name: str | None = None) -> FallModel:
    """The model of that folder name among the shipped ones, or of that path; None is the default."""
    folder = _folder(name or DEFAULT)
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        network = (folder / "model.onnx").read_bytes()
    except (OSError, ValueError) as error:
        raise ModelUnusable(
            model=folder, fault=str(error), mend="Train it anew: mumian eldercare train-falls"
        ) from error
    if hashlib.sha256(network).hexdigest() != card.get("sha256"):
        mend = "Restore both files from one training run"
        raise ModelUnusable(
            model=folder, fault="model.onnx is not the file that card.json describes", mend=mend
        )
    return FallModel(card, network)


def _folder(name: str) -> Path:
    for folder in (SHIPPED / name, Path(name)):
        if (folder / "card.json").is_file():
            return folder
    there = ", ".join(sorted(path.name for path in SHIPPED.iterdir() if path.is_dir()))
    raise ModelUnusable(
        model=name, fault="no such model", mend=f"Shipped are: {there}; or give a folder with card.json"
    )
