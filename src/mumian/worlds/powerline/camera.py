"""The vehicle's camera: a JPEG for each order, with the time of its own clock and its place in EXIF, as cameras write them.

What it sees is a recorded photograph where a folder of them is given (now and then one with a defect), else a drawn tower head. Nothing is
rendered from where the vehicle is: the place is true, the picture is somebody else's.
"""

from __future__ import annotations

import queue
import random
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mumian.core.kernel.geo import Wgs84

DEFECT_EVERY = 15
_EXIF, _GPS = 0x8769, 0x8825
_SIZE = (1152, 864)


@dataclass(frozen=True, slots=True)
class Shot:
    """An order to take a photograph: UTC of the camera's clock in microseconds, place, metres above sea level."""

    index: int
    taken_us: int
    at: Wgs84
    amsl_m: float


class Camera:
    """Writes into `out` on a thread of its own, so that no flight waits for a disk."""

    def __init__(self, out: Path, recorded: Path | None, seed: int) -> None:
        self.out, self.chance = out, random.Random(seed)
        out.mkdir(parents=True, exist_ok=True)
        kinds = ("normal", "defect") if recorded else ()
        self.seen = {kind: sorted((recorded / kind / "images").glob("*.*")) for kind in kinds if recorded}
        self._orders: queue.Queue[Shot] = queue.Queue()
        threading.Thread(target=self._run, daemon=True).start()

    def take(self, shot: Shot) -> None:
        """Take a photograph soon."""
        self._orders.put(shot)

    def _run(self) -> None:
        while True:
            shot = self._orders.get()
            half = self.out / f".{shot.index:05d}.half"
            self._picture().save(half, "JPEG", quality=90, exif=exif(shot))
            half.rename(self.out / f"DJI_{shot.index:05d}.jpg")

    def _picture(self) -> Image.Image:
        found = self.seen.get("defect" if self.chance.randrange(DEFECT_EVERY) == 0 else "normal")
        return Image.open(self.chance.choice(found)).convert("RGB") if found else drawn(self.chance)


def drawn(chance: random.Random) -> Image.Image:
    """A tower head before a sky, with the grain of a sensor."""
    rng = np.random.default_rng(chance.getrandbits(32))
    sky = np.linspace(215, 150, _SIZE[1])[:, None, None] * np.array([0.86, 0.95, 1.0])
    pixels = np.clip(sky + rng.normal(0, 9, (_SIZE[1], _SIZE[0], 1)), 0, 255).astype(np.uint8)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    pen, x = ImageDraw.Draw(image), chance.randint(380, 760)
    for level in range(120, _SIZE[1], 90):
        reach = 300 - level // 4
        pen.line(
            [(x - 30, level), (x + 30, level + 90), (x + 30, level), (x - 30, level + 90)], (70, 74, 78), 6
        )
        pen.line([(x - reach, level), (x + reach, level)], (84, 88, 92), 8)
        for shed in range(8):
            pen.ellipse(
                [x - reach - 16, level + 10 + shed * 9, x - reach + 16, level + 18 + shed * 9], (104, 70, 52)
            )
    return image


def exif(shot: Shot) -> Image.Exif:
    """DateTimeOriginal with its fraction and zone, and the place (WGS-84)."""
    written = Image.Exif()
    inner, spot = written.get_ifd(_EXIF), written.get_ifd(_GPS)
    inner[0x9003] = datetime.fromtimestamp(shot.taken_us // 1_000_000, UTC).strftime("%Y:%m:%d %H:%M:%S")
    inner[0x9291], inner[0x9011] = f"{shot.taken_us % 1_000_000 // 1000:03d}", "+00:00"
    spot[1], spot[2] = ("N" if shot.at.lat_deg >= 0 else "S"), _sexagesimal(shot.at.lat_deg)
    spot[3], spot[4] = ("E" if shot.at.lon_deg >= 0 else "W"), _sexagesimal(shot.at.lon_deg)
    spot[5], spot[6] = (b"\0" if shot.amsl_m >= 0 else b"\1"), abs(round(shot.amsl_m, 2))
    return written


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = abs(degrees)
    minutes = (whole - int(whole)) * 60
    return float(int(whole)), float(int(minutes)), round((minutes - int(minutes)) * 60, 5)
