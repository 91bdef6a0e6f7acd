"""The house's public commands. File commands import only what they need, so they start within a second."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Smart elderly care.")


@app.command(
    "detect-falls", epilog="Example: mumian eldercare detect-falls weda_wrist.npz --out detections.jsonl"
)
def detect_falls(
    recordings: Annotated[
        Path,
        typer.Argument(
            help="Archive laid out like the recorded wrist or waist falls (docs/scenarios/eldercare.md)."
        ),
    ],
    out: Annotated[Path, typer.Option(help="One JSON line per detection.")],
    fall_model: Annotated[
        str | None, typer.Option(help="A shipped model's name, or a folder with model.onnx and card.json.")
    ] = None,
) -> None:
    """Stream every recording through the shipped fall detector."""
    from mumian.scenarios.eldercare.understand.falls.commands import detect_falls as detect

    detect(recordings, out, fall_model)


@app.command(
    "train-falls",
    epilog="Example: mumian eldercare train-falls weda_wrist.npz sisfall_waist.npz --out models/mine",
)
def train_falls(
    recordings: Annotated[list[Path], typer.Argument(help="Archives to train from.")],
    out: Annotated[Path, typer.Option(help="Folder for model.onnx and card.json.")],
) -> None:
    """Train the fall detector anew; the threshold is chosen on training subjects and written into the card."""
    from mumian.scenarios.eldercare.understand.falls.commands import train_falls as train

    train(recordings, out)


@app.command("decode-watch", epilog="Example: mumian eldercare decode-watch stream.bin --out frames.jsonl")
def decode_watch(
    file: Annotated[Path, typer.Argument(help="Bytes of a TCP stream of 4G watches.")],
    out: Annotated[Path, typer.Option(help="One JSON line per frame.")],
) -> None:
    """Decode a watch stream: positions, alarms, vital signs, and the bytes to send back."""
    from mumian.scenarios.eldercare.observe.watch_command import decode_watch as decode

    decode(file, out)


@app.command("replay", epilog="Example: mumian eldercare replay weda_wrist.npz --residents 20 --speed 2")
def replay(
    recordings: Annotated[Path, typer.Argument(help="Recorded trials to play as residents' wristbands.")],
    residents: Annotated[int, typer.Option(min=1, max=2000)] = 12,
    speed: Annotated[float, typer.Option(min=0.1, max=50)] = 1.0,
    seed: Annotated[int, typer.Option()] = 1,
    seconds: Annotated[float | None, typer.Option(min=1)] = None,
) -> None:
    """Play recorded people over MQTT against the running service of this home."""
    from mumian.scenarios.eldercare.replaying import play

    play(recordings, residents, speed, seed, seconds)
