"""The corridor plays: docks on the broker, vehicles that fly plans again and again and photograph, a scanned tile.

All of it goes the way that a person or a machine would go: MQTT, MAVLink, files and the public commands. Line, flights and tile are drawn; the
cameras see recorded photographs where the recordings lie, else drawn ones. All of it is simulation.

Run: `python -m mumian.worlds.powerline --mqtt mqtt://127.0.0.1:1883 --credentials - --home HOME --vehicles PORT,PORT < credentials.json`
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

LINE = Path(__file__).parent / "drawn_line.geojson"
FIRST_TOWERS = (1, 7)  # of each vehicle's plan
REST_S = 20.0  # between two flights of a vehicle, at least
SWAP_S = 90.0  # of the vehicle's own time, from its standing to its having a full battery
BATTERY_WH = 120.0  # a plan flown whole leaves more than the rules' reserve of 30 % of it
KEPT = 5  # newest flights of each vehicle whose plan and record stay in the world's folder; a demo must not fill a disk


class Corridor:
    """The processes and the errands of one demo; `stop` ends them."""

    def __init__(self, given: argparse.Namespace, credentials: Sequence[Mapping[str, Any]]) -> None:
        self.given, self.credentials = given, credentials
        self.work: Path = given.home / "world"
        self.work.mkdir(parents=True, exist_ok=True)
        self.stopped = threading.Event()
        self._children: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._judging = threading.Lock()  # one flight at a time: two cores are enough for a demo
        self._env = os.environ | {"MUMIAN_HOME": str(given.home), "MUMIAN_HOUSES": "powerline"}

    def run(self) -> None:
        """Play until SIGTERM."""
        for one in self.credentials:
            if one["device"] != "world":
                self._start("-m", "mumian.worlds.powerline.dock", "--mqtt", _with(self.given.mqtt, one), "--sn", one["device"],
                            "--speed", str(self.given.speed))  # fmt: skip
        ports = [int(port) for port in self.given.vehicles.split(",") if port]
        for number, port in enumerate(ports):
            threading.Thread(target=self._fly, args=(number, port), daemon=True).start()
        self._mumian("powerline", "map", str(LINE))
        self._survey()
        self.stopped.wait()

    def stop(self, *_: object) -> None:
        """End what was started."""
        self.stopped.set()
        with self._lock:
            for child in self._children:
                child.terminate()

    def _fly(self, number: int, port: int) -> None:
        folder = self.work / f"vehicle-{number + 1}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        plan = folder / f"流溪甲线-{number + 1}.plan"
        self._mumian("powerline", "plan", str(LINE), "--from", str(FIRST_TOWERS[number % len(FIRST_TOWERS)]), "--towers", "5",
                     "--profile", "tower", "--out", str(plan))  # fmt: skip
        if not plan.exists():
            return
        self._mumian("powerline", "map", str(plan))
        card = folder / "card"
        can_fly = self._vehicle(number, port, plan, card)
        flight = 0
        while not self.stopped.wait(3.0 if not flight else REST_S):
            # One that the dispatcher holds or sends home ends otherwise; the next begins once it stands with a full battery.
            if not can_fly.wait(1.0):
                continue
            flight += 1
            flown = folder / f"flight-{flight}.plan"
            shutil.copy(plan, flown)
            self._flown(number, flight, flown, port)
            taken = folder / f"flight-{flight}"
            card.rename(taken)
            card.mkdir()
            self._judge(taken, flown)
            _forget(folder, flight - KEPT)

    def _judge(self, taken: Path, flown: Path) -> None:
        """Put a flight's photographs before the reviewers, a broken-off flight's, too: what it did not see is told."""
        if any(taken.iterdir()):
            with self._judging:
                self._mumian("powerline", "inspect", str(taken), "--record", str(flown.with_suffix(".flight.jsonl")), "--plan", str(flown),
                             "--origin", "simulation")  # fmt: skip
        shutil.rmtree(taken)

    def _vehicle(self, number: int, port: int, plan: Path, card: Path) -> threading.Event:
        """Start it; the event is set while it stands ready for a flight."""
        recorded = Path(self.given.data) / "powerline" / "cplid"
        child = self._start(
            "-m", "mumian.worlds.powerline.vehicle", "--connect", f"udpin://127.0.0.1:{port}", "--plan", str(plan),
            "--system", str(number + 1), "--speed", str(self.given.speed), "--seed", str(self.given.seed + number),
            "--battery-wh", str(BATTERY_WH), "--swap-s", str(SWAP_S), "--photos", str(card),
            *(["--recorded", str(recorded)] if recorded.is_dir() else []), out=subprocess.PIPE,
        )  # fmt: skip
        can_fly = threading.Event()
        if child is not None:
            threading.Thread(target=_follow, args=(child.stdout, can_fly), daemon=True).start()
        return can_fly

    def _survey(self) -> None:
        tile = self.work / "tile.laz"
        self._python("-m", "mumian.worlds.powerline.lidar", str(LINE), "--out", str(tile), "--truth", str(self.work / "truth.json"),
                     "--spans", "3", "--points", "600000", "--seed", str(self.given.seed))  # fmt: skip
        if tile.exists():
            self._mumian("powerline", "survey", str(tile), "--line", str(LINE), "--origin", "simulation")

    def _flown(self, number: int, flight: int, plan: Path, port: int) -> None:
        """Fly, and say how it ended unless it was whole."""
        code, out, err = self._python(
            "-m", "mumian", "powerline", "fly", str(plan), "--vehicle", f"udpout:127.0.0.1:{port}", "--json"
        )
        if code and not self.stopped.is_set():
            ended = json.loads(out) if out.startswith("{") else {"outcome": f"exit {code}", "why": err[-300:]}
            _say(f"vehicle {number + 1}, flight {flight}: {ended['outcome']}: {ended['why']}")

    def _mumian(self, *words: str) -> None:
        """A command, to its end; a fault of it is said."""
        code, out, err = self._python("-m", "mumian", *words)
        if code and not self.stopped.is_set():
            _say(f"mumian {' '.join(words[:2])}: exit {code}: {(err or out)[-300:]}")

    def _python(self, *words: str) -> tuple[int, str, str]:
        """(exit code, stdout, stderr) of an errand; (1, "", "") once stopped."""
        child = self._start(*words, out=subprocess.PIPE, err=subprocess.PIPE)
        if child is None:
            return 1, "", ""
        out, err = child.communicate()
        with self._lock:
            self._children.remove(child)
        return int(child.returncode), out.decode(), err.decode()

    def _start(self, *words: str, out: int = subprocess.DEVNULL, err: int = subprocess.DEVNULL) -> Any:
        with self._lock:
            if self.stopped.is_set():
                return None
            child = subprocess.Popen(
                [sys.executable, *words], env=self._env, cwd=self.work, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )  # fmt: skip
            self._children.append(child)
            return child


def _forget(folder: Path, flight: int) -> None:
    for file in folder.glob(f"flight-{flight}.*"):
        file.unlink()


def _follow(lines: Iterable[bytes], can_fly: threading.Event) -> None:
    """Keep the event as the vehicle's lines on stdout have it."""
    for line in lines:
        told = json.loads(line) if line.startswith(b"{") else {}
        if "can_fly" in told:
            (can_fly.set if told["can_fly"] else can_fly.clear)()


def _say(text: str) -> None:
    print(f"  {text.strip()}", file=sys.stderr, flush=True)


def _with(url: str, credential: Mapping[str, Any]) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{quote(credential['user'])}:{quote(credential['password'])}@{parts.netloc.rpartition('@')[2]}"


def main() -> None:
    """Read the credentials from stdin and play."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--mqtt", required=True)
    asked.add_argument("--credentials", required=True, choices=["-"])
    asked.add_argument("--home", required=True, type=Path)
    asked.add_argument("--data", default="", help="folder of recordings")
    asked.add_argument("--vehicles", default="", help="UDP ports on which the vehicles wait")
    asked.add_argument("--speed", type=float, default=1.0)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    corridor = Corridor(given, json.load(sys.stdin))
    signal.signal(signal.SIGTERM, corridor.stop)
    signal.signal(signal.SIGINT, corridor.stop)
    try:
        corridor.run()
    finally:
        corridor.stop()
        time.sleep(0.1)


if __name__ == "__main__":
    main()
