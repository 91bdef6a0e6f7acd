"""The certificate of a proved plan: what was proved, for which file content, under which rules, with which worst cases.

An in-toto Statement v1 (https://in-toto.io/Statement/v1). It holds no time and no secret, so whoever has the plan computes the
same digits; who vouches for it (DSSE, `signing`) stands beside it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from mumian.scenarios.powerline.decide.plan import rules as packs
from mumian.scenarios.powerline.decide.plan import signing
from mumian.scenarios.powerline.decide.plan.mission import Violation
from mumian.scenarios.powerline.decide.plan.proof import Proof

PREDICATE = "https://mumian.city/powerline/plan-proof/v1"
CERTIFICATE, SIGNATURE = "certificate", "signature"  # under the file's key `mumian`


def content_sha256(plan: dict[str, Any]) -> str:
    """Digest of a plan file's content, its certificate and signature left out.

    White space, key order, and whether a whole number is written 0 or 0.0 do not count.
    """
    ours = plan.get("mumian")
    bare = (
        {**plan, "mumian": {k: v for k, v in ours.items() if k not in (CERTIFICATE, SIGNATURE)}}
        if isinstance(ours, dict)
        else plan
    )
    text = json.dumps(_plain(bare), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def statement(proof: Proof, name: str, sha256: str) -> dict[str, Any]:
    """The certificate of a proof without violations."""
    task, rules = proof.task, proof.task.rules
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {"sha256": sha256}}],
        "predicateType": PREDICATE,
        "predicate": {
            "verdict": "proved",
            "line": {"id": task.line.id, "name": task.line.name, "voltage_kv": task.line.voltage_kv},
            "towers": [task.first, task.last],
            "profile": task.profile,
            "rules": {"pack": rules.pack, "sha256": packs.digest(rules)},
            "required_m": rules.required_m,
            "standoff_m": rules.structure.standoff_m,
            "gnss_m": rules.limits.gnss_m,
            "wind_mps": rules.limits.wind_mps,
            "ceiling_m": rules.limits.ceiling_m,
            "worst": proof.worst,
            "return_height_m": proof.return_height_m,
            "assumed": list(task.line.assumed),
            "notes": list(proof.notes),
        },
    }


def put_into(made: dict[str, Any], proof: Proof, name: str) -> None:
    """Give a plan that is proved its certificate, signed where there is a key; take from any other what it had."""
    ours = made["mumian"]
    ours.pop(CERTIFICATE, None)
    ours.pop(SIGNATURE, None)
    if proof.is_proved:
        ours[CERTIFICATE] = statement(proof, name, content_sha256(made))
        if envelope := signing.signed(ours[CERTIFICATE], signing.own_key()):
            ours[SIGNATURE] = envelope


def violation(one: Violation, rules: packs.Rules) -> dict[str, Any]:
    """A violation for machines."""
    clause = rules.clauses.get(one.rule)
    return {
        "doJumpId": one.jump_id,
        "rule": one.rule,
        "clause": None if clause is None else {"id": clause.id, "checked": clause.checked},
        "metres": one.metres,
        "zh": one.zh,
        "en": one.en,
    }
