from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from tests.scenarios.powerline.films import Pixels, film, library
from tests.scenarios.powerline.rtsp import Server

from mumian.core.kernel.errors import BadInput
from mumian.scenarios.powerline.observe import video


def pictures(count: int, size: tuple[int, int] = (96, 128)) -> list[Pixels]:
    """Each told from the others by its grey."""
    return [np.full((*size, 3), 40 + 4 * n % 200, np.uint8) for n in range(count)]


def read(source: Path | str, tally: video.Tally) -> list[video.Frame]:
    return list(video.frames(str(source), tally, threading.Event()))


def test_a_file_gives_each_frame_with_its_time(tmp_path: Path) -> None:
    tally = video.Tally()
    found = read(film(tmp_path / "a.mp4", pictures(20), fps=10), tally)
    assert [round(f.at_s, 3) for f in found] == [round(n / 10, 3) for n in range(20)]
    assert [abs(int(f.pixels.mean()) - (40 + 4 * n)) <= 2 for n, f in enumerate(found)] == [True] * 20
    assert (tally.read, tally.broken) == (20, 0)


def test_damage_in_the_middle_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noisy = [rng.integers(0, 255, (96, 128, 3)).astype(np.uint8) for _ in range(40)]
    whole = film(tmp_path / "a.ts", noisy).read_bytes()
    torn = bytearray(whole)
    for at in range(len(torn) // 3, len(torn) // 2, 997):
        torn[at] ^= 0xFF
    (tmp_path / "torn.ts").write_bytes(torn)
    tally = video.Tally()
    found = read(tmp_path / "torn.ts", tally)
    assert tally.broken > 0
    assert 10 < len(found) < 40 + 1
    assert len(found) == tally.read


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"ffconcat version 1.0\nfile /etc/passwd\n", b"#EXTM3U\n#EXTINF:1\nhttp://127.0.0.1:9/a.ts\n"])  # fmt: skip
def test_what_is_no_video_is_refused_and_nothing_else_is_opened(tmp_path: Path, content: bytes) -> None:
    library()
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(video.VideoUnreadable):
        read(tmp_path / "a.mp4", video.Tally())


@pytest.mark.parametrize(
    "source", ["nowhere.mp4", "http://127.0.0.1/a.mp4", "concat:a.mp4|b.mp4", "/dev/zero"]
)
def test_only_files_and_rtsp_are_sources(source: str) -> None:
    with pytest.raises(BadInput):
        read(source, video.Tally())


def test_two_hundred_mutilated_files_end_and_none_crashes(tmp_path: Path) -> None:
    whole = film(tmp_path / "a.mp4", pictures(12)).read_bytes()
    rng = np.random.default_rng(7)
    ended = 0
    for _ in range(200):
        torn = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for at in rng.integers(0, len(torn), rng.integers(0, 12)):
            torn[at] = rng.integers(0, 256)
        (tmp_path / "torn.mp4").write_bytes(torn)
        try:
            ended += len(read(tmp_path / "torn.mp4", video.Tally())) <= 12
        except video.VideoUnreadable:
            ended += 1
    assert ended == 200


def test_a_slow_reader_gets_the_newest_frame_and_the_others_are_counted() -> None:
    tally, stop = video.Tally(), threading.Event()
    with Server(pictures(30), fps=25) as server:
        seen = []
        for frame in video.Newest(server.url, tally, stop):
            seen.append(frame)
            time.sleep(0.3)
            if len(seen) == 5:
                break
        stop.set()
    apart = [b.number - a.number for a, b in itertools.pairwise(seen)]
    assert min(apart) >= 4  # 0.3 s are 7 frames of 25 a second
    assert tally.skipped >= sum(apart) - len(apart)
    assert tally.reconnects == 0


def test_a_stream_that_breaks_is_opened_again() -> None:
    tally, stop = video.Tally(), threading.Event()
    with Server(pictures(30), fps=50, cut_after=15) as server:
        found = list(itertools.islice(video.frames(server.url, tally, stop), 40))
        assert server.clients >= 3
    assert len(found) == 40
    assert tally.reconnects >= 2
    assert all(a.at_s <= b.at_s for a, b in itertools.pairwise(found))


@pytest.mark.parametrize("silent", [True, False])
def test_a_stream_without_pictures_is_given_up(silent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    library()
    monkeypatch.setattr(video, "OPEN_S", 0.5)
    monkeypatch.setattr(video, "READ_S", 0.5)
    tally, stop = video.Tally(), threading.Event()
    began = time.monotonic()
    with Server(pictures(2), silent=silent, cut_after=0) as server, pytest.raises(video.VideoLost) as lost:
        list(video.frames(server.url, tally, stop, give_up_s=2.0))
    assert time.monotonic() - began < 15
    assert tally.reconnects >= 1
    assert "rtsp://127.0.0.1" in lost.value.say("en")


def test_an_address_where_nobody_answers_is_given_up_and_no_password_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        source = f"rtsp://eye:secret@127.0.0.1:{closed.getsockname()[1]}/live"
        with pytest.raises(video.VideoLost) as lost:
            list(video.frames(source, video.Tally(), threading.Event(), give_up_s=1.0))
    assert "secret" not in lost.value.say("en") + lost.value.say("zh")


def test_without_pyav_the_command_names_the_one_that_mends_it(tmp_path: Path) -> None:
    (tmp_path / "av.py").write_text("raise ImportError('no av here')")
    (tmp_path / "a.mp4").write_bytes(b"x")
    done = subprocess.run(
        [sys.executable, "-m", "mumian", "powerline", "watch", str(tmp_path / "a.mp4")],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}", "LANG": "en_US.UTF-8"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "pip install 'av>=15'" in done.stderr
