"""One training run: views in, weights out. Single-threaded and seeded, so that the same scenes give the same network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from mumian.scenarios.powerline.understand.eyes.training.network import DEFECT_STRIDE, INSULATOR_STRIDE
from mumian.scenarios.powerline.understand.eyes.training.targets import heat_loss, sides_loss, target
from mumian.scenarios.powerline.understand.eyes.training.torches import Weights, flat, moving_average, settled
from mumian.scenarios.powerline.understand.eyes.training.views import Photo, View, far_view, near_view
from mumian.scenarios.powerline.understand.eyes.training.weights import Kernel, fresh

NEAR_TOGETHER = 7
FAR_TOGETHER = 1
FAR_EVERY = 4  # each so many steps a batch of far views
PEAK_RATE = 1.5e-3
_DECAY = 1e-3
_KEEP = 0.98  # of the moving average of the weights, which is what ships
_STEEPEST = 5.0


def learn(
    photos: Sequence[Photo], steps: int, seed: int, done: Callable[[int], None] = lambda _: None
) -> dict[str, Kernel]:
    """Weights after `steps` batches of views of `photos`; `done` hears how many have passed."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    views = np.stack([near_view(photos, rng).pixels for _ in range(4 * NEAR_TOGETHER)])
    begun = settled(fresh(seed), torch.from_numpy(views))
    weights, average = Weights(begun), Weights(begun)
    for part in flat(average.tensors.values()):
        part.requires_grad_(False)
    groups = weights.groups()
    optimiser = torch.optim.AdamW(groups, lr=PEAK_RATE, weight_decay=_DECAY, betas=(0.9, 0.99))
    for step, batch in enumerate(_batches(photos, steps, rng)):
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE * group["pace"] * pace(step / steps)
        loss = wrong(weights, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(flat(weights.tensors.values()), _STEEPEST)
        optimiser.step()
        moving_average(average.tensors, weights.tensors, min(_KEEP, (1 + step) / (10 + step)))
        done(step + 1)
    return average.kernels()


def pace(part: float) -> float:
    """Share of the peak rate after `part` of all steps: up in the first 15 %, then down by a cosine (Smith 2018)."""
    return part / 0.15 if part < 0.15 else float(1 + np.cos(np.pi * (part - 0.15) / 0.85)) / 2 + 1e-3


def wrong(weights: Weights, batch: Sequence[View]) -> Any:
    """The loss of one batch; near views say nothing about insulators, of which they show pieces only."""
    maps = weights.see(torch.from_numpy(np.stack([view.pixels for view in batch])))
    loss = _loss(
        maps.defect_heat, maps.defect_sides, [(v.defects, v.unsure) for v in batch], batch, DEFECT_STRIDE
    )
    if batch[0].far:
        whole = [(v.insulators, v.unsure) for v in batch]
        loss = loss + _loss(maps.insulator_heat, maps.insulator_sides, whole, batch, INSULATOR_STRIDE)
    return loss


def _loss(heat: Any, sides: Any, boxes: Sequence[Any], batch: Sequence[View], stride: int) -> Any:
    made = [target(have, unsure, batch[0].pixels.shape[:2], stride) for have, unsure in boxes]
    wanted, known, box, weight = (torch.from_numpy(np.stack(part)) for part in zip(*made, strict=True))
    return heat_loss(heat[:, 0], wanted, known) + 1.5 * sides_loss(sides, box, weight, stride)


def _batches(photos: Sequence[Photo], steps: int, rng: np.random.Generator) -> Iterator[list[View]]:
    for step in range(steps):
        if step % FAR_EVERY == FAR_EVERY - 1:
            yield [far_view(photos, rng) for _ in range(FAR_TOGETHER)]
        else:
            yield [near_view(photos, rng) for _ in range(NEAR_TOGETHER)]
