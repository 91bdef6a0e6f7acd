"""Claim: falls are found on people, devices and positions that the model never met. Prints the table of docs/models/fall.md.

Needs the recorded falls (MUMIAN_DATA; about ten minutes on a quiet core). Every row comes from networks *and* a threshold
that never met the people of the row: nested cross-validation over subjects within the pool of wrist and waist, and one
position learned alone and judged on the other. Devices are imitated by thinning and clipping the held-out recordings.
Beside it the rule |a| > 30 m/s², and the baseline that the recordings' own page reports.

    python benchmarks/falls_evaluation.py [--quick]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np

from mumian.core.kernel.settings import load
from mumian.scenarios.eldercare.understand.falls import train
from mumian.scenarios.eldercare.understand.falls.archive import Recording, read
from mumian.scenarios.eldercare.understand.falls.evaluate import (
    Fold,
    alarms,
    by_group,
    delays,
    nested,
    transfer,
)
from mumian.scenarios.eldercare.understand.falls.examples import examples
from mumian.scenarios.eldercare.understand.falls.figures import Tally
from mumian.scenarios.eldercare.understand.falls.traces import trace
from mumian.scenarios.eldercare.understand.falls.variation import clip, even_rate_hz, evenly, thin

Device = Callable[[Recording, np.random.Generator], Recording]


def thinned(rate_hz: float, range_g: float = 16) -> Device:
    def device(one: Recording, rng: np.random.Generator) -> Recording:
        had = even_rate_hz(one)
        samples = thin(one.samples, had, rate_hz, rng) if rate_hz < had else one.samples
        return evenly(one, clip(samples, range_g), min(rate_hz, had))

    return device


DEVICES: dict[str, Device] = {
    "as recorded": lambda one, _: one,
    "32 Hz": thinned(32),
    "25 Hz": thinned(25),
    "20 Hz": thinned(20),
    "±2 g": thinned(50, 2),
    "20 Hz ±2 g": thinned(20, 2),
}


def row(what: str, group: str, t: Tally) -> str:
    recall = (
        f"{t.found}/{t.falls} = {t.recall.value:.3f} ({t.recall.low:.3f}–{t.recall.high:.3f})"
        if t.falls
        else "–"
    )
    per_hour = f"{t.false_alarms} in {t.hours:.2f} h = {t.per_hour.value:.1f} ({t.per_hour.low:.1f}–{t.per_hour.high:.1f})"
    share = f"{t.disturbed}/{t.everyday} = {t.disturbed_share.value:.3f} (≤ {t.disturbed_share.high:.3f})"
    return f"| {what} | {group} | {recall} | {per_hour} | {share} |"


def rows(
    name: str,
    material: train.Material,
    folds: list[Fold],
    only: str = "",
    devices: Sequence[str] = tuple(DEVICES),
) -> None:
    for device in devices:
        rng = np.random.default_rng(7)
        met = examples([DEVICES[device](one, rng) for one in material.recordings])
        raised = alarms(folds, met, trace(met.windows))
        for group, t in by_group(material, raised).items():
            if only in group:
                print(row(f"{name}, {device}", group, t), flush=True)


def naive(material: train.Material) -> None:
    raised = Counter(
        {
            n: 1
            for n, one in enumerate(material.recordings)
            if (np.linalg.norm(one.samples, axis=1) > 30).any()
        }
    )
    for group, t in by_group(material, raised).items():
        print(row("rule magnitude > 30 m/s² (at most once a recording)", group, t))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="two imagined devices and one network; figures for a glance only"
    )
    if parser.parse_args().quick:
        train.COPIES, train.TOGETHER = 2, 1
    folder = load().data / "eldercare" / "falls"
    if not folder.is_dir():
        print(f"no recordings at {folder}: set MUMIAN_DATA to run this benchmark")
        sys.exit(0)
    recordings = [one for name in ("weda_wrist", "sisfall_waist") for one in read(folder / f"{name}.npz")]
    material = train.gather(recordings)
    wrist = np.array([one.layout == "wrist" for one in recordings])
    print(
        "| taught and judged | group | recall (95 %) | false alarms per hour (95 %) | everyday recordings disturbed |"
    )
    print("|---|---|---|---|---|")
    folds = list(nested(material, np.ones(len(recordings), np.bool_)))
    rows("pooled", material, folds)
    for position, taught, other in (("wrist", wrist, "waist"), ("waist", ~wrist, "wrist")):
        rows(
            f"{position} → {other}",
            material,
            [transfer(material, taught)],
            other,
            ("as recorded", "20 Hz", "20 Hz ±2 g"),
        )
    naive(material)
    print(
        "thresholds of the folds (full/slow):",
        ", ".join(f"{fold.thresholds.full:.2f}/{fold.thresholds.slow:.2f}" for fold in folds),
    )
    late = delays(folds, material)
    middle, most = np.quantile(late, (0.5, 0.95))
    print(
        f"decision after the loudest impact: p50 {middle:.2f} s, p95 {most:.2f} s, max {late.max():.2f} s, n = {len(late)}"
    )
