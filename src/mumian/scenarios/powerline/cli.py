"""The house's public commands. Each imports what it needs when it runs, so that file commands start at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, help="UAV power-line inspection.")
Out = Annotated[Path, typer.Option(help="The file to write.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Model = Annotated[
    str | None, typer.Option(help="A shipped model's name, or a folder with model.onnx and card.json.")
]
Key = Annotated[Path | None, typer.Option(help="MAVLink 2 signing key: 32 bytes, or 64 hex digits.")]
Datum = Annotated[
    Literal["wgs84", "cgcs2000", "gcj02"], typer.Option(help="What the line's coordinates are given in.")
]


@app.command(
    epilog="Example: mumian powerline plan line.geojson --towers 5 --profile tower --out plan.plan",
    short_help="Towers in, proved flight plan out.",
)
def plan(
    line: Annotated[Path, typer.Argument(help="GeoJSON, KML or CSV; the first line in it.")],
    towers: Annotated[int, typer.Option(help="How many consecutive towers.")],
    profile: Annotated[Literal["tower", "corridor"], typer.Option(help="Fine inspection of towers, or legs along the spans.")],
    out: Out,
    first: Annotated[int | None, typer.Option("--from", help="Number of the first tower, from 1.")] = None,
    format: Annotated[Literal["plan", "wpl", "kmz", "geojson"], typer.Option(help="What to write.")] = "plan",
    rules: Annotated[Path | None, typer.Option(help="A rule pack of your own (TOML).")] = None,
    datum: Datum = "wgs84",
    autopilot: Annotated[Literal["ardupilot", "px4"], typer.Option(help="Whose commands the plan may use.")] = "ardupilot",
    home: Annotated[str | None, typer.Option(help="Take-off as LAT,LON; else beside the first tower.")] = None,
) -> None:  # fmt: skip
    """Plan the inspection of a line's towers, prove it against its rules and write it."""
    from mumian.scenarios.powerline.decide.commands import plan as run

    run(
        line,
        towers,
        profile,
        out,
        first=first,
        format=format,
        rules=rules,
        datum=datum,
        autopilot=autopilot,
        home=home,
    )


@app.command(
    epilog="Example: mumian powerline prove plan.plan --json",
    short_help="Prove a plan from its file alone.",
)
def prove(
    plan: Annotated[Path, typer.Argument(help="A QGroundControl plan.")],
    line: Annotated[Path | None, typer.Option(help="Judge against this line instead of the one in the file.")] = None,
    as_json: Json = False,
    rules: Annotated[Path | None, typer.Option(help="A rule pack of your own (TOML).")] = None,
    datum: Datum = "wgs84",
    certificate: Annotated[Path | None, typer.Option(help="Write the new certificate here.")] = None,
    fence_radius_m: Annotated[float | None, typer.Option(help="The autopilot's own circle fence around home.")] = None,
) -> None:  # fmt: skip
    """Prove a plan from its file alone: exit 0 with a certificate, 1 naming item, rule and metres missing."""
    from mumian.scenarios.powerline.decide.commands import prove as run

    run(
        plan,
        line,
        as_json=as_json,
        rules=rules,
        datum=datum,
        certificate_out=certificate,
        fence_radius_m=fence_radius_m,
    )


@app.command(
    epilog="Example: mumian powerline resume plan.plan --verified taken.json --out rest.plan",
    short_help="Plan what a broken-off flight has left.",
)
def resume(
    plan: Annotated[Path, typer.Argument(help="The plan that was not flown whole.")],
    verified: Annotated[Path, typer.Option(help="JSON list of the shot ids whose photographs are verified.")],
    out: Out,
) -> None:
    """Write the plan of what is left: every required shot that is not verified yet."""
    from mumian.scenarios.powerline.decide.commands import resume as run

    run(plan, verified, out)


@app.command(
    epilog="Example: mumian powerline fly plan.plan --vehicle udp:127.0.0.1:14550",
    short_help="Upload a plan, read it back, fly, record.",
)
def fly(
    plan: Annotated[Path, typer.Argument(help="A QGroundControl plan.")],
    vehicle: Annotated[str, typer.Option(help="udp:HOST:PORT, udpout:HOST:PORT or tcp:HOST:PORT.")],
    record: Annotated[
        Path | None, typer.Option(help="Where the flight is written; else PLAN.flight.jsonl.")
    ] = None,
    signing_key: Key = None,
    system: Annotated[
        int | None, typer.Option(min=1, max=255, help="Only the vehicle with this MAVLink system id.")
    ] = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take control from another operator's lease.")
    ] = False,
    upload_only: Annotated[
        bool, typer.Option("--upload-only", help="Upload and read back; do not arm.")
    ] = False,
    unproved: Annotated[
        bool, typer.Option("--unproved", help="Fly a plan that breaks rules, at your own risk.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Prove a plan, upload it, read it back, arm, fly, monitor and record; exit by outcome."""
    from mumian.scenarios.powerline.act.commands import fly as run
    from mumian.scenarios.powerline.act.flight.flight import Wishes

    run(
        plan,
        vehicle,
        record,
        signing_key,
        Wishes(system=system, take_over=take_over, upload_only=upload_only),
        as_json,
        unproved=unproved,
    )


@app.command(
    epilog="Example: mumian powerline link udp:127.0.0.1:14550 --json",
    short_help="One line a second about a MAVLink link.",
)
def link(
    url: Annotated[str, typer.Argument(help="udp:HOST:PORT, udpout:HOST:PORT or tcp:HOST:PORT.")],
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="End after so many seconds; else at Ctrl-C.")
    ] = None,
    signing_key: Key = None,
    system: Annotated[
        int | None, typer.Option(min=1, max=255, help="Only the vehicle with this MAVLink system id.")
    ] = None,
    as_json: Json = False,
) -> None:
    """One line a second: messages, loss, round trip, mode."""
    from mumian.scenarios.powerline.act.commands import link as run

    run(url, seconds, signing_key, system, as_json)


@app.command(
    epilog="Example: mumian powerline detect photos/ --out detections.coco.json",
    short_help="Find insulators and defects on photographs.",
)
def detect(
    images: Annotated[Path, typer.Argument(help="Folder of photographs.")],
    out: Out,
    model: Model = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what lies under the card's threshold.")
    ] = False,
) -> None:
    """Find insulators and defects on photographs: one COCO object, boxes in stored pixels."""
    from mumian.scenarios.powerline.understand.commands_eyes import detect as run

    run(images, out, model, everything=everything)


@app.command(
    epilog="Example: mumian powerline evaluate --images photos/ --annotations voc/ --groups families.json",
    short_help="Recall and false alarms, with intervals.",
)
def evaluate(
    images: Annotated[list[Path], typer.Option(help="Folder of photographs; may be given several times.")],
    annotations: Annotated[
        list[Path], typer.Option(help="Folder of Pascal VOC files, one for each --images.")
    ],
    groups: Annotated[
        Path | None, typer.Option(help="JSON: families of photographs that show one string.")
    ] = None,
    model: Model = None,
    out: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    as_json: Json = False,
) -> None:
    """Recall at IoU 0.3 and 0.5 and false alarms per image at the card's threshold, with intervals, by group."""
    from mumian.scenarios.powerline.understand.commands_eyes import evaluate as run

    run(images, annotations, groups, model, out, as_json=as_json)


@app.command(
    epilog="Example: mumian powerline train --images photos/ --annotations voc/ --groups families.json --out models/mine",
    short_help="Train the defect detector anew (needs torch).",
)
def train(
    images: Annotated[list[Path], typer.Option(help="Folder of photographs; may be given several times.")],
    annotations: Annotated[
        list[Path], typer.Option(help="Folder of Pascal VOC files, one for each --images.")
    ],
    groups: Annotated[Path, typer.Option(help="JSON: families of photographs that show one string.")],
    out: Annotated[Path, typer.Option(help="Folder for model.onnx and card.json.")],
    test: Annotated[
        str, typer.Option(help="Families that training must not meet, with commas between.")
    ] = "",
    steps: Annotated[int, typer.Option(min=1, help="Steps of training.")] = 700,
    inner: Annotated[int, typer.Option(min=1, help="Families left out in turn to choose the threshold.")] = 1,
    seed: Annotated[int, typer.Option(help="Same seed, same training.")] = 1,
) -> None:
    """Train the defect detector anew (needs torch); the threshold is chosen before any tested family is looked at."""
    from mumian.scenarios.powerline.understand.commands_eyes import train as run

    run(images, annotations, groups, out, test, steps, inner, seed)


@app.command(
    epilog="Example: mumian powerline wires cloud.parquet --out wires.json",
    short_help="Fit a catenary to every conductor of a cloud.",
)
def wires(
    cloud: Annotated[Path, typer.Argument(help="LAS, LAZ, or Parquet with columns x y z in metres.")],
    out: Out,
) -> None:
    """Fit a catenary to every conductor of a point cloud."""
    from mumian.scenarios.powerline.understand.commands_clouds import wires as run

    run(cloud, out)


@app.command(
    epilog="Example: mumian powerline clearance tile.laz --line line.geojson --rules gb50545 --out hazards.json",
    short_help="What comes too near, with grade and clause.",
)
def clearance(
    tile: Annotated[Path, typer.Argument(help="LAS or LAZ tile of the corridor.")],
    line: Annotated[Path, typer.Option(help="GeoJSON, KML or CSV of the line.")],
    out: Out,
    rules: Annotated[str, typer.Option(help="gb50545, fac003, or a TOML file of your own.")] = "gb50545",
    scan_temperature_c: Annotated[
        float, typer.Option(help="Of the conductors while they were scanned.")
    ] = 15.0,
    crs: Annotated[str | None, typer.Option(help="EPSG:… when the tile does not state its own.")] = None,
) -> None:
    """What comes nearer to the sagged and swung conductors than the rules allow, with grade and clause."""
    from mumian.scenarios.powerline.understand.commands_clouds import clearance as run

    run(tile, line, rules, out, scan_temperature_c, crs)


@app.command(
    epilog="Example: mumian powerline inspect photos/ --record flown.flight.jsonl --plan flown.plan",
    short_help="Judge a flight's photographs for the reviewers.",
)
def inspect(
    images: Annotated[Path, typer.Argument(help="Folder of one flight's photographs.")],
    line: Annotated[str | None, typer.Option(help="Name of the line that was flown; the plan's, where one is given.")] = None,
    origin: Annotated[str, typer.Option(help="replay or simulation.")] = "replay",
    model: Model = None,
    record: Annotated[Path | None, typer.Option(help="The flight's record (.flight.jsonl), with --plan.")] = None,
    plan: Annotated[Path | None, typer.Option(help="The plan that was flown: photographs are bound to its shots.")] = None,
    verified: Annotated[Path | None, typer.Option(help="Write the ids of the shots that were seen, for `resume --verified`.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Judge photographs as they come, until Ctrl-C.")] = False,
    until_idle: Annotated[float | None, typer.Option(min=1, help="With --follow: end when nothing came for so many seconds.")] = None,
) -> None:  # fmt: skip
    """Judge a flight's photographs, keep what is worth keeping, and put the findings before this home's reviewers."""
    import json

    from mumian.scenarios.powerline.act.triage import commands

    if follow:
        told = commands.follow(images, line, origin, model, record, plan, verified, until_idle)
    else:
        told = commands.inspect(images, line, origin, model, record, plan, verified)
    print(json.dumps(told, ensure_ascii=False))


@app.command(
    epilog='Example: mumian powerline watch flight.mp4 --crops seen/ --line "110 kV 荔湾线" --json',
    short_help="Judge a video or stream as it comes.",
)
def watch(
    source: Annotated[str, typer.Argument(help="A video file, or a stream: rtsp://host:port/path.")],
    line: Annotated[str | None, typer.Option(help="Name of the line that was flown: file what is found before this home's reviewers.")] = None,
    origin: Annotated[str, typer.Option(help="replay or simulation.")] = "replay",
    model: Model = None,
    rate: Annotated[float, typer.Option(help="Frames judged a second of the video.", min=0.1, max=60.0)] = 5.0,
    crops: Annotated[Path | None, typer.Option(help="Folder for a picture of each finding.")] = None,
    seconds: Annotated[float | None, typer.Option(help="End after so long; a stream has no end of its own.", min=0.1)] = None,
    give_up_s: Annotated[float, typer.Option(help="End with exit 1 when a stream has given no frame for so long.", min=1.0)] = 60.0,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Judge a video as it comes: a defect is told once it was seen on two of three judged frames."""
    from mumian.scenarios.powerline.act.triage.watch import watch as run

    run(source, line, origin, model, rate, crops, seconds, give_up_s, as_json=as_json)


@app.command(
    epilog="Example: mumian powerline dock mqtt://127.0.0.1:1883 --sn DOCK-1 --do cycle --json",
    short_help="Look at a dock, or bring it where it is wanted.",
)
def dock(
    url: Annotated[str, typer.Argument(help="The broker: mqtt://user:password@host:port.")],
    sn: Annotated[str, typer.Option(help="The dock's serial number.")],
    do: Annotated[str, typer.Option(help="look, open, close, charge, cycle (take-off to charging), or one order of the protocol, as cover_open.")] = "look",
    journal: Annotated[Path | None, typer.Option(help="Orders and replies, JSON lines; SN.dock.jsonl unless given.")] = None,
    next_flight_h: Annotated[float | None, typer.Option(help="Hours to the next flight: charge for it, else for storage.")] = None,
    timeout_s: Annotated[float, typer.Option(help="How long each part may take.")] = 600.0,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Look at an unattended dock, or bring it where it is wanted: exit 1 names the interlock or fault that said no."""
    from mumian.scenarios.powerline.act.dock.commands import dock as run

    run(url, sn, do, journal, next_flight_h, timeout_s, as_json=as_json)


@app.command(
    "map",
    epilog="Example: mumian powerline map line.geojson tower-flight.plan",
    short_help="Put lines and plans on the dispatcher's map.",
)
def draw(
    files: Annotated[list[Path], typer.Argument(help="Lines (GeoJSON, KML, CSV) and plans (.plan).")],
    datum: Datum = "wgs84",
) -> None:
    """Put lines and planned routes on the dispatcher's map of this home; a file of the same name replaces its last."""
    from mumian.scenarios.powerline.act.commands_map import draw as run

    run(files, datum)


@app.command(
    epilog="Example: mumian powerline survey tile.laz --line line.geojson --scanned-on 2026-03-14",
    short_help="File a tile: spans, hazards, their trend.",
)
def survey(
    tile: Annotated[Path, typer.Argument(help="LAS or LAZ tile of the corridor.")],
    line: Annotated[Path, typer.Option(help="GeoJSON, KML or CSV of the line.")],
    rules: Annotated[str, typer.Option(help="gb50545, fac003, or a TOML file of your own.")] = "gb50545",
    origin: Annotated[str, typer.Option(help="replay or simulation.")] = "replay",
    scanned_on: Annotated[str | None, typer.Option(help="Day of the scan, YYYY-MM-DD; else today.")] = None,
    scan_temperature_c: Annotated[
        float, typer.Option(help="Of the conductors while they were scanned.")
    ] = 15.0,
    crs: Annotated[str | None, typer.Option(help="EPSG:… when the tile does not state its own.")] = None,
) -> None:
    """Compute a tile as `clearance` does and file it into this home: spans, hazards for the reviewers, their trend."""
    import json

    from mumian.scenarios.powerline.decide.survey.commands import survey as run

    told = run(tile, line, rules, origin, scanned_on, scan_temperature_c, crs)
    print(json.dumps(told, ensure_ascii=False))
