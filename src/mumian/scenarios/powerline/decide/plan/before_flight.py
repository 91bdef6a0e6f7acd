"""What is asked before a plan leaves for a vehicle: the same proof as `prove`, from the file alone."""

from __future__ import annotations

from pathlib import Path

from mumian.core.kernel.errors import Conflict
from mumian.scenarios.powerline.decide.formats import plan_file
from mumian.scenarios.powerline.decide.plan.judged_by import task_of
from mumian.scenarios.powerline.decide.plan.proof import prove


class PlanNotProved(Conflict):
    """The plan breaks a rule; nothing was sent to the vehicle."""

    code = "plan_not_proved"
    zh = "{path} 没有通过证明，没有上传：{zh}（共 {count} 条，用 mumian powerline prove 查看）；改好航线，或用 --unproved 自担风险"
    en = (
        "{path} is not proved, so nothing was uploaded: {en} ({count} in all: mumian powerline prove lists them). "
        "Mend the plan, or fly it at your own risk with --unproved"
    )


def proved(file: Path, *, must: bool) -> str:
    """`proved`; `not judged` for a plan that carries no line; `violated` where that is allowed (`must` is False).

    Raises PlanNotProved, or BadInput where the plan cannot be read.
    """
    parsed = plan_file.load(file)
    ours = parsed.get("mumian")
    if not isinstance(ours, dict) or "line" not in ours:
        return "not judged"
    mission = plan_file.read(parsed, file)
    task, notes = task_of(mission, None, None, file)
    proof = prove(mission, task, notes)
    if proof.is_proved:
        return "proved"
    if not must:
        return "violated"
    worst, found = proof.violations[0], len(proof.violations)
    where = f"doJumpId {worst.jump_id}: {worst.rule}: "
    raise PlanNotProved(path=file, count=found, zh=where + worst.zh, en=where + worst.en)
