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
from mumian.core.kernel.geo import LocalFrame, Wgs84
from mumian.core.kernel.words import shell_lang
from mumian.scenarios.powerline.decide.formats import geojson, plan_file, wpl, wpml
from mumian.scenarios.powerline.decide.plan import certificate, corridor, fences, planning, signing
from mumian.scenarios.powerline.decide.plan import rules as packs
from mumian.scenarios.powerline.decide.plan.flight import fly
from mumian.scenarios.powerline.decide.plan.judged_by import task_of
from mumian.scenarios.powerline.decide.plan.mission import Autopilot, Mission, Profile
from mumian.scenarios.powerline.decide.plan.proof import Proof
from mumian.scenarios.powerline.decide.plan.proof import prove as judge
from mumian.scenarios.powerline.decide.plan.refusals import RulesBroken
from mumian.scenarios.powerline.domain import wording
from mumian.scenarios.powerline.observe.lines import Datum, listed, read

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
    if (held := len(listed(line.read_bytes(), line.name))) > 1:
        _tell(
            _said(
                f"{line}：文件里有 {held} 条线，只取第一条（{drawn.name}），其余没有取",
                f"{line}: holds {held} lines; the first ({drawn.name}) is taken, the others are left out",
            )
        )
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
    told = json.dumps(report, ensure_ascii=False, indent=1) if as_json else _words(report, shell_lang())
    typer.echo(told)
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
        raise RulesBroken(item=worst.jump_id, rule=worst.rule, why_zh=worst.zh, why_en=worst.en)
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


def _said(zh: str, en: str) -> str:
    return zh if shell_lang() == "zh" else en


def _summary(made: dict[str, Any], proof: Proof, out: Path) -> str:
    worst, task, items = proof.worst, proof.task, len(made["mission"]["items"])
    near, high = worst.get("conductor-distance", 0), worst.get("ceiling", 0)
    wh, usable, seconds = worst.get("energy_wh", 0), worst.get("energy_usable_wh", 0), worst.get("seconds", 0)
    shots_zh, shots_en = _photographs(proof)
    return _said(
        f"{out}：{task.first} 到 {task.last} 号塔 {items} 项，{shots_zh}；已证明：离导线 {near} m（要求 {task.rules.required_m:g} m），离地最高 "
        f"{high} m，用电 {wh} / {usable} Wh，{seconds} s；返航高度 {proof.return_height_m:g} m",
        f"{out}: {items} items for towers {task.first} to {task.last}, {shots_en}; proved: {near} m from conductors "
        f"({task.rules.required_m:g} required), up to {high} m above the ground, {wh} of {usable} Wh, {seconds} s; return height "
        f"{proof.return_height_m:g} m",
    )


def _photographs(proof: Proof) -> tuple[str, str]:
    """What is photographed, in Chinese and English: shots of towers, or frames along a corridor with their spacing."""
    if proof.task.profile != "corridor":
        return f"{len(proof.mission.shots)} 个拍摄点", f"{len(proof.mission.shots)} shots"
    flight = fly(proof.mission, LocalFrame(proof.mission.home), proof.return_height_m)
    count, spacings = corridor.frames(flight)
    every = "–".join(f"{m:g}" for m in dict.fromkeys((spacings[0], spacings[-1]))) if spacings else "—"
    return f"约 {count} 张，每 {every} m 一张", f"about {count} frames, one every {every} m"


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
    ("none", ""): ("文件里没有证书", "the file carries no certificate"),
    ("does not fit", ""): ("文件里的证书对不上：证明之后改过航线", "the certificate in the file does not fit it: the plan was changed after it was proved"),
    ("fits", "none"): ("文件里的证书没有签名", "the certificate in the file is not signed"),
    ("fits", "does not hold"): ("文件里的签名不成立：证书改过，或是别人的", "the signature in the file does not hold: its certificate was changed, or somebody else's put in"),
}  # fmt: skip
_VERDICTS = {"proved": "已证明", "violated": "违反规则"}


def _words(report: dict[str, Any], lang: str) -> str:
    """The verdict first, then what came nearest to the rules or broke them, notes, and the certificate."""
    zh = lang == "zh"
    verdict, worst = report["verdict"], report["worst"]
    lines = [f"{report['plan']}：{_VERDICTS[verdict]}" if zh else f"{report['plan']}: {verdict}"]
    lines += [_violated(one, zh=zh) for one in report["violations"]]
    if not report["violations"]:
        nearest = ", ".join(f"{name} {value}" for name, value in worst.items())
        lines.append(f"离规则最近的：{nearest}" if zh else f"nearest to the rules: {nearest}")
    notes = [wording.told(note, lang, wording.NOTES) for note in report["notes"]]
    lines += [f"注意：{note}" if zh else f"note: {note}" for note in [*_of_file(report, zh=zh), *notes]]
    if report["certificate"] is not None:
        by = report["signature"]
        key = None if by is None else by["signatures"][0]["keyid"][:16]
        signed = ("没有签名" if zh else "not signed") if key is None else f"由密钥 {key} 签名" if zh else f"signed by key {key}"  # fmt: skip
        lines.append(f"新证书，{signed}：" if zh else f"new certificate, {signed}:")
        lines.append(json.dumps(report["certificate"], ensure_ascii=False, indent=1))
    return "\n".join(lines)


def _violated(one: dict[str, Any], *, zh: bool) -> str:
    metres, clause = one["metres"], one["clause"]
    if zh:
        short = "" if metres is None else f"，差 {metres:.2f} m"
        source = "" if clause is None else f" [{clause['id']}{'' if clause['checked'] else '，条文未核对'}]"
        return f"违反：第 {one['doJumpId']} 项（doJumpId）：{one['rule']}{short}：{one['zh']}{source}"
    short = "" if metres is None else f", {metres:.2f} m missing"
    source = "" if clause is None else f" [{clause['id']}{'' if clause['checked'] else ', not checked'}]"
    return f"violated: item doJumpId {one['doJumpId']}: {one['rule']}{short}: {one['en']}{source}"


def _of_file(report: dict[str, Any], *, zh: bool) -> list[str]:
    """What is to be told about the certificate and signature that the file came with."""
    held = report["certificate_in_file"], report["signature_in_file"]
    if said := _HELD.get(held) or _HELD.get((held[0], "")):
        return [said[0] if zh else said[1]]
    if not report["signed_by_own_key"]:
        key = str(report["signed_by"])[:16]
        return [
            f"文件由密钥 {key} 签名，不是您的"
            if zh
            else f"the file was signed by key {key}, which is not yours"
        ]
    return []
