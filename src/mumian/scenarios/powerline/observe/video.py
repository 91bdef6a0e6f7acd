"""Frames of a video file or an RTSP stream, decoded by FFmpeg through PyAV (extra `video`), with what was lost on the way counted.

A stream that falls silent is opened again with growing pauses, and given up after GIVE_UP_S; nothing here waits without an end. FFmpeg
may open nothing but the file that was named, or RTSP: a playlist cannot make it fetch other addresses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mumian.core.kernel.errors import BadInput, MumianError

OPEN_S, READ_S = 10.0, 5.0  # how long FFmpeg may take to open a stream, and to read one packet
GIVE_UP_S = 60.0  # without a single frame
PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
MOST_PIXELS = 50_000_000
_PROTOCOLS = {False: "file", True: "rtsp,rtsps,rtp,tcp,udp,tls"}


class VideoMissing(MumianError, ImportError):
    """PyAV is not installed."""

    code, status = "video_missing", 422
    zh = "看视频要用 PyAV，这里没有装。请运行：pip install 'av>=15'（它的安装包带有 GPL 的 x264、x265，所以不随木棉一起装）"
    en = "Video needs PyAV, which is not installed. Type: pip install 'av>=15' (its wheels carry x264 and x265 under the GPL, so Mumian does not install them)"


class VideoUnreadable(BadInput):
    """The file holds no video that can be decoded."""

    code = "video_unreadable"
    zh = "读不了视频 {source}：{fault}"
    en = "Cannot read the video {source}: {fault}"


class VideoLost(MumianError, ConnectionError):
    """The stream gave no frame for too long, however often it was opened again."""

    code, status = "video_lost", 502
    zh = "{source} 已有 {seconds} 秒没有画面，重连 {tries} 次都不成：{fault}"
    en = "{source} has given no frame for {seconds} s, and was opened again {tries} times: {fault}"


@dataclass(frozen=True, slots=True)
class Frame:
    """`at_s` is presentation time of a file, and time since the start of a stream; `pixels` (h, w, 3) uint8 RGB."""

    number: int
    at_s: float
    pixels: NDArray[np.uint8]


@dataclass(slots=True)
class Tally:
    """What became of the frames. `left_out`: not looked at because fewer were asked for; `skipped`: because the eyes were slower."""

    read: int = 0
    broken: int = 0
    left_out: int = 0
    skipped: int = 0
    reconnects: int = 0


def is_stream(source: str) -> bool:
    """Whether `source` is an RTSP address and not a file."""
    return source.lower().startswith(("rtsp://", "rtsps://"))


def frames(source: str, tally: Tally, stop: threading.Event, give_up_s: float = GIVE_UP_S) -> Iterator[Frame]:
    """Every frame that can be decoded, until the file ends or `stop` is set. Raises VideoMissing, VideoUnreadable, VideoLost, BadInput."""
    live = is_stream(source)
    if not live and not Path(source).is_file():
        raise BadInput(
            detail=f"There is no video {source}: name a file, or an address that begins with rtsp://"
        )
    began = heard = time.monotonic()
    pause, fault = PAUSE_S, "no frame"
    while not stop.is_set():
        try:
            for frame in _opened(source, tally, live=live):
                heard, pause = time.monotonic(), PAUSE_S
                yield Frame(frame.number, heard - began, frame.pixels) if live else frame
                if stop.is_set():
                    return
            fault = "the stream ended"
        except VideoUnreadable as error:
            if not live and tally.read:  # cut off or damaged on the way: what came before it counts
                tally.broken += 1
                return
            if not live:
                raise
            fault = str(error.facts["fault"])
        if not live:
            return
        if time.monotonic() - heard > give_up_s:
            raise VideoLost(
                source=_shown(source),
                seconds=round(time.monotonic() - heard),
                tries=tally.reconnects,
                fault=fault,
            )
        tally.reconnects += 1
        stop.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def _opened(source: str, tally: Tally, *, live: bool) -> Iterator[Frame]:
    av = _library()
    options = {"protocol_whitelist": _PROTOCOLS[live]} | ({"rtsp_transport": "tcp"} if live else {})
    try:
        with av.open(
            source, options=options, timeout=(OPEN_S, READ_S), metadata_errors="replace"
        ) as container:
            stream = _pictures(container, source)
            for packet in container.demux(stream):
                for frame in _decoded(av, packet, tally):
                    tally.read += 1
                    at_s = (
                        frame.time
                        if frame.time is not None
                        else tally.read / float(stream.average_rate or 25)
                    )
                    yield Frame(tally.read, float(at_s), frame.to_ndarray(format="rgb24"))
    except VideoUnreadable:
        raise
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VideoUnreadable(
            source=_shown(source), fault=str(getattr(error, "strerror", "") or error)
        ) from None


def _pictures(container: Any, source: str) -> Any:
    """The video stream that can be decoded; VideoUnreadable where there is none."""
    found = container.streams.video
    fault = ""
    if not found:
        fault = "it holds no pictures, export it as MP4 with H.264"
    elif found[0].codec_context is None:
        fault = "nothing here decodes it, export it as MP4 with H.264"
    elif found[0].width * found[0].height > MOST_PIXELS:
        fault = f"{found[0].width} × {found[0].height} pixels are more than any camera has"
    if fault:
        raise VideoUnreadable(source=_shown(source), fault=fault)
    return found[0]


def _decoded(av: Any, packet: Any, tally: Tally) -> list[Any]:
    """The packet's frames; what is damaged is counted and left."""
    try:
        found = packet.decode()
    except av.error.InvalidDataError:
        tally.broken += 1
        return []
    whole = [frame for frame in found if not frame.is_corrupt]
    tally.broken += len(found) - len(whole)
    return whole


def _library() -> Any:
    try:
        import av
    except ImportError:
        raise VideoMissing from None
    av.logging.set_level(None)
    return av


def _shown(source: str) -> str:
    """Without user and password."""
    scheme, sep, rest = source.partition("://")
    return f"{scheme}{sep}{rest.rpartition('@')[2]}" if sep else source


class Newest:
    """Frames read by a thread of their own, so that a slow reader gets the newest one; those it was too slow for are counted."""

    def __init__(
        self, source: str, tally: Tally, stop: threading.Event, give_up_s: float = GIVE_UP_S
    ) -> None:
        self._frames, self._tally, self._stop = frames(source, tally, stop, give_up_s), tally, stop
        self._ready = threading.Condition()
        self._newest: Frame | None = None
        self._fault: Exception | None = None
        self._ended = False
        threading.Thread(target=self._read, daemon=True, name="video").start()

    def _read(self) -> None:
        try:
            for frame in self._frames:
                with self._ready:
                    self._tally.skipped += self._newest is not None
                    self._newest = frame
                    self._ready.notify()
        except Exception as error:  # told to the reader, in whose thread it belongs
            self._fault = error
        with self._ready:
            self._ended = True
            self._ready.notify()

    def __iter__(self) -> Iterator[Frame]:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._newest is not None or self._ended)
                frame, self._newest = self._newest, None
            if frame is not None:
                yield frame
            elif self._fault is not None:
                raise self._fault
            else:
                return
