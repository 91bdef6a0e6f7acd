"""A flight as it comes home: its plan, its record, and a folder of photographs with a camera's own clock and place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from tests.scenarios.powerline.decide.drawn import write

from mumian.core.kernel.clock import iso_us
from mumian.scenarios.powerline.decide.commands import plan

BEGAN_US = 1_699_990_000_000_000  # before the clock of tests
RECORDED = Path(__file__).resolve().parents[5] / "shared" / "data" / "powerline" / "cplid"


@dataclass(frozen=True)
class Flight:
    """Files of one flight; `shots` as the plan names them, `taken_us` when each was ordered."""

    plan: Path
    record: Path
    images: Path
    shots: list[dict[str, Any]]
    taken_us: dict[str, int]


def flown(
    folder: Path, towers: int = 2, began_us: int = BEGAN_US, name: str = "a", plan_file: Path | None = None
) -> Flight:
    """A plan over the first towers of the drawn line and the record of its flight; no photographs yet."""
    folder.mkdir(parents=True, exist_ok=True)
    out, record, images = plan_file or folder / f"{name}.plan", folder / f"{name}.flight.jsonl", folder / name
    if not out.exists():
        plan(write(folder / "line.geojson"), towers, "tower", out)
    images.mkdir()
    made = json.loads(out.read_text("utf-8"))
    shots, rng, at_us = made["mumian"]["shots"], np.random.default_rng(3), began_us
    rows: list[dict[str, Any]] = [
        {"time": iso_us(at_us), "kind": "flight", "flight": name, "plan_sha256": digest(out)}
    ]
    taken_us = {}
    for n, shot in enumerate(shots):
        at_us += int(rng.uniform(4, 20) * 1e6)
        taken_us[shot["id"]] = at_us
        rows.append({"time": iso_us(at_us), "kind": "photo", "evidence": "CAMERA_IMAGE_CAPTURED", "index": n, "item": shot["doJumpId"],
                     "doJumpId": shot["doJumpId"], "lat_deg": 23.05, "lon_deg": 113.4})  # fmt: skip
    record.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return Flight(out, record, images, shots, taken_us)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def picture(
    seed: int = 0, blur: float = 0.0, light: float = 1.0, size: tuple[int, int] = (320, 240)
) -> Image.Image:
    """Something with edges in it, no two alike."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (size[1] // 8, size[0] // 8, 3), np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.NEAREST)
    return Image.fromarray(
        (np.asarray(image.filter(ImageFilter.GaussianBlur(blur))) * light).astype(np.uint8)
    )


def save(
    image: Image.Image, path: Path, taken_us: int | None, ahead_s: float = 0.0, lag_s: float = 0.1
) -> Path:
    """As the camera writes it: its clock is `ahead_s` ahead, and it needs `lag_s` after the order."""
    exif = Image.Exif()
    if taken_us is not None:
        us = taken_us + int((ahead_s + lag_s) * 1e6)
        inner = exif.get_ifd(0x8769)
        inner[0x9003] = datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y:%m:%d %H:%M:%S")
        inner[0x9291] = f"{us % 1_000_000 // 1000:03d}"
        inner[0x9011] = "+00:00"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "JPEG", quality=92, exif=exif)
    return path


def photographed(flight: Flight, ahead_s: float = -7.0, without: tuple[str, ...] = (), blurred: tuple[str, ...] = (), seed: int = 0) -> None:  # fmt: skip
    """A photograph for each shot, named as cameras name them."""
    for n, shot in enumerate(flight.shots):
        if shot["id"] not in without:
            image = picture(seed + n, 8.0 if shot["id"] in blurred else 0.0)
            save(image, flight.images / f"DJI_{n:04d}.JPG", flight.taken_us[shot["id"]], ahead_s)
