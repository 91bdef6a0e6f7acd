"""`mumian powerline plan`, `prove` and `resume`: files in, files out; no service, home or database."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mumian.core.kernel import files
from mumian.core.kernel.errors import BadInput
from mumian.core.kernel.geo import Wgs84
from mumian.scenarios.powerline.decide.formats import geojson, plan_file, wpl, wpml
from mumian.scenarios.powerline.decide.plan import certificate, fences, planning, signing
from mumian.scenarios.powerline.decide.plan import rules as packs
from mumian.scenarios.powerline.decide.plan.judged_by import task_of
from mumian.scenarios.powerline.decide.plan.mission import Autopilot, Mission, Profile
from mumian.scenarios.powerline.decide.plan.proof import Proof
from mumian.scenarios.powerline.decide.plan.proof import prove as judge
from mumian.scenarios.powerline.observe.lines import Datum, read

Format = Literal["plan", "wpl", "kmz", "geojson"]


def plan(
    line: Path,
    towers: int,
    profile: Profile,
    out: Path,
    *,
    first: int | None = None,
    format: Format = "plan",
    rules: Path | None = None,
    datum: Datum = "wgs84",
    autopilot: Autopilot = "ardupilot",
    home: str | None = None,
) -> None:
    """Plan the inspection of consecutive towers, prove it, and write it in the format. BadInput says why it cannot be done."""
    drawn = read(line, datum)
    pack = packs.load(drawn.voltage_kv, rules)
    wish = planning.Wish(first, towers, profile, autopilot, None if home is None else _home(home))
    made, proof = _proved(planning.plan(drawn, pack, wish), out)
    _write(made, proof, out, format)
    _tell(_summary(made, proof, out))


def prove(
    plan: Path,
    line: Path | None = None,
    *,
    as_json: bool = False,
    rules: Path | None = None,
    datum: Datum = "wgs84",
    certificate_out: Path | None = None,
    fence_radius_m: float | None = None,
) -> None:
    """Prove a plan from its file alone: prints the certificate, or exits 1 with each violating item, rule and metres.

    line             judge against this line instead of the one in the file (needed for plans not made here)
    rules            the pack that the plan's own rules must not be laxer than; the shipped one if None
    fence_radius_m   the autopilot's own circle fence around home, judged as well (ArduPilot FENCE_RADIUS)
    """
    parsed = plan_file.load(plan)
    mission = plan_file.read(parsed, plan)
    if fence_radius_m is not None:
        if not (math.isfinite(fence_radius_m) and fence_radius_m > 0):
            raise BadInput(detail=f"the fence radius is {fence_radius_m!r}: metres above 0 are meant")
        own = fences.circle_of(mission.home, fence_radius_m)
        mission = replace(mission, circles=(*mission.circles, own))
    task, notes = task_of(mission, None if line is None else read(line, datum), rules, plan)
    sha256 = certificate.content_sha256(parsed)
    key = signing.own_key()
    held = _held(parsed, sha256, key)
    proof = judge(mission, task, notes)
    report = _report(proof, plan, sha256, held, key)
    if certificate_out is not None and proof.is_proved:
        written = report["signature"] or report["certificate"]
        files.write_json(certificate_out, written)
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else _words(report))
    if not proof.is_proved:
        raise typer.Exit(1)


def resume(plan: Path, verified: Path, out: Path) -> None:
    """Write what is left of a plan: every required shot that `verified` (a JSON list of shot ids) does not name.

    The rest is planned anew, from home, and proved; the shots in hand stand under `mumian.verified`.
    """
    mission = plan_file.read(plan_file.load(plan), plan)
    if mission.task is None or mission.task.profile != "tower":
        raise BadInput(
            detail=f"{plan}: only a tower plan made here can be resumed; it carries line and shots"
        )
    taken = _verified(verified) | set(mission.task.verified)
    unknown = taken - {shot.id for shot in mission.shots} - set(mission.task.verified)
    if unknown:
        raise BadInput(
            detail=f"{verified}: {min(unknown)!r} is no shot of {plan}; use the ids under mumian.shots"
        )
    task = mission.task
    if len(mission.shots) == len(taken - set(task.verified)):
        raise BadInput(detail=f"{plan}: every shot is verified, nothing is left to fly")
    count = sum(task.first <= tower.number <= task.last for tower in task.line.towers)
    wish = planning.Wish(task.first, count, "tower", mission.autopilot, mission.home, frozenset(taken))
    made, proof = _proved(planning.plan(task.line, task.rules, wish), out)
    _write(made, proof, out, "plan")
    _tell(_summary(made, proof, out))


def _verified(file: Path) -> set[str]:
    try:
        written = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(detail=f"{file}: {error.strerror}; name a JSON list of shot ids") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(detail=f"{file}: not JSON ({error}); a list of shot ids is meant") from None
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise BadInput(detail=f"{file}: a JSON list of shot ids is meant")
    return set(written)


def _home(text: str) -> Wgs84:
    parts = text.split(",")
    try:
        lat, lon = (float(part) for part in parts)
    except ValueError:
        raise BadInput(detail=f"home {text!r}: latitude,longitude in degrees is meant") from None
    return Wgs84(lat, lon)


def _proved(mission: Mission, out: Path) -> tuple[dict[str, Any], Proof]:
    """The plan as a file with its certificate; what is proved is what was read back from it."""
    made = plan_file.as_json(mission)
    again = plan_file.read(json.loads(json.dumps(made)), out)
    task = again.task
    assert task is not None
    proof = judge(again, task)
    if not proof.is_proved:
        worst = proof.violations[0]
        raise BadInput(
            detail=f"no plan keeps the rules here: item {worst.jump_id}, {worst.rule}: {worst.en}. Choose other towers with --from "
            "and --towers, or another home"
        )
    certificate.put_into(made, proof, out.name)
    return made, proof


def _write(made: dict[str, Any], proof: Proof, out: Path, format: Format) -> None:
    if format == "plan":
        files.write_json(out, made)
    elif format == "wpl":
        files.write(out, wpl.text(proof.mission))
    elif format == "geojson":
        files.write_json(out, geojson.collection(proof))
    else:
        files.write(out, wpml.archive(proof))


def _tell(text: str) -> None:
    typer.echo(text, err=True)


def _summary(made: dict[str, Any], proof: Proof, out: Path) -> str:
    worst, task = proof.worst, proof.task
    return (
        f"{out}: {len(made['mission']['items'])} items for towers {task.first} to {task.last}, {len(proof.mission.shots)} shots; proved: "
        f"{worst.get('conductor-distance', 0)} m from conductors ({task.rules.required_m:g} required), up to {worst.get('ceiling', 0)} m above "
        f"the ground, {worst.get('energy_wh', 0)} of {worst.get('energy_usable_wh', 0)} Wh, {worst.get('seconds', 0)} s; return height "
        f"{proof.return_height_m:g} m"
    )


def _held(parsed: dict[str, Any], sha256: str, key: Ed25519PrivateKey | None) -> dict[str, Any]:
    """What the file says of itself: certificate (fits, does not fit, none), signature (holds, does not hold, none), by whose key."""
    ours = parsed.get("mumian")
    ours = ours if isinstance(ours, dict) else {}
    written = ours.get(certificate.CERTIFICATE)
    signature = signing.checked(ours.get(certificate.SIGNATURE), written, key)
    told = {
        "signature_in_file": signature.state, "signed_by": signature.key_id, "signed_by_own_key": signature.is_own,
    }  # fmt: skip
    if not isinstance(written, dict):
        return {"certificate_in_file": "none", **told}
    try:
        fits = written["subject"][0]["digest"]["sha256"] == sha256
    except (KeyError, IndexError, TypeError):
        fits = False
    return {"certificate_in_file": "fits" if fits else "does not fit", **told}


def _report(
    proof: Proof, file: Path, sha256: str, held: dict[str, Any], key: Ed25519PrivateKey | None
) -> dict[str, Any]:
    made = certificate.statement(proof, file.name, sha256) if proof.is_proved else None
    return {
        "plan": file.name,
        "sha256": sha256,
        "verdict": "proved" if proof.is_proved else "violated",
        **held,
        "violations": [certificate.violation(one, proof.task.rules) for one in proof.violations],
        "worst": proof.worst,
        "notes": list(proof.notes),
        "certificate": made,
        "signature": None if made is None else signing.signed(made, key),
    }


_HELD = {
    ("none", ""): "note: the file carries no certificate",
    ("does not fit", ""): "note: the certificate in the file does not fit it: the plan was changed after it was proved",
    ("fits", "none"): "note: the certificate in the file is not signed",
    ("fits", "does not hold"): "note: the signature in the file does not hold: its certificate was changed, or somebody else's put in",
}  # fmt: skip


def _words(report: dict[str, Any]) -> str:
    """The verdict first, then what came nearest to the rules or broke them, notes, and the certificate."""
    worst, lines = report["worst"], [f"{report['plan']}: {report['verdict']}"]
    for one in report["violations"]:
        metres = "" if one["metres"] is None else f", {one['metres']:.2f} m missing"
        clause = one["clause"]
        source = "" if clause is None else f" [{clause['id']}{'' if clause['checked'] else ', not checked'}]"
        lines.append(f"violated: item doJumpId {one['doJumpId']}: {one['rule']}{metres}: {one['en']}{source}")
    if not report["violations"]:
        lines.append("nearest to the rules: " + ", ".join(f"{name} {value}" for name, value in worst.items()))
    held = report["certificate_in_file"], report["signature_in_file"]
    if said := _HELD.get(held) or _HELD.get((held[0], "")):
        lines.append(said)
    elif not report["signed_by_own_key"]:
        lines.append(f"note: the file was signed by key {str(report['signed_by'])[:16]}, which is not yours")
    lines += [f"note: {note}" for note in report["notes"]]
    if report["certificate"] is not None:
        by = report["signature"]
        lines.append(
            f"new certificate, {'not signed' if by is None else 'signed by key ' + by['signatures'][0]['keyid'][:16]}:"
        )
        lines.append(json.dumps(report["certificate"], ensure_ascii=False, indent=1))
    return "\n".join(lines)
