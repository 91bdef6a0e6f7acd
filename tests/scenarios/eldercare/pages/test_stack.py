"""The stack and its strip: order, ladder with server time, channel trouble, and an explanation that invents nothing."""

from __future__ import annotations

from tests.scenarios.eldercare.pages import homes

from mumian.core.kernel.clock import SECOND_US, iso
from mumian.scenarios.eldercare.pages import phone, roster, stack, why, words

W = words.of("zh")
NOW = homes.NOW_US


def test_tiers_gravest_first_and_unclaimed_before_claimed():
    sample = homes.reference()
    built = stack.build(sample.alarms, sample.home, NOW, W, me="n2")
    assert [g.priority for g in built.groups] == ["high", "medium", "low"]
    assert [r.room for r in built.groups[1].rows] == ["317", "305"]
    assert built.unclaimed == 4
    assert built.selected.id == "A-1124-031"
    assert [r.id for g in built.groups for r in g.rows if r.mine] == ["A-1124-030"]


def test_nothing_unclaimed_vanishes_and_resolved_ones_leave():
    sample = homes.full()
    gone = {**sample.alarms[0], "state": "resolved", "resolution": "true"}
    built = stack.build([*sample.alarms[1:], gone], sample.home, NOW, W)
    assert built.total == 49


def test_the_ladder_names_who_is_asked_and_counts_by_the_servers_clock():
    sample = homes.reference()
    row = stack.row(sample.alarms[0], sample.home, NOW, W)
    assert [(s["name"], s["state"]) for s in row.steps] == [
        ("手环", "done"),
        ("何小敏", "now"),
        ("护士", "next"),
        ("主任", "next"),
    ]
    assert (row.left_us - NOW) // SECOND_US == 31
    assert row.waits == "何小敏还剩"


def test_a_channel_that_did_not_confirm_is_shown_with_what_follows():
    sample = homes.reference()
    assert "没确认，已转手机" in stack.row(sample.alarms[0], sample.home, NOW, W).trouble
    alone = {**sample.alarms[0], "pages": [p | {"outcome": "failed"} for p in sample.alarms[0]["pages"][:1]]}
    assert "请打电话" in stack.trouble(alone, sample.home, W)
    heard = {
        **sample.alarms[0],
        "pages": [*sample.alarms[0]["pages"], sample.alarms[0]["pages"][0] | {"outcome": "delivered"}],
    }
    assert stack.trouble(heard, sample.home, W) == ""


def test_an_alarm_of_a_stranger_device_still_reads():
    sample = homes.empty()
    alarm = homes.alarm("A-9", "blind", "assist", homes.reference(), "307", 60) | {
        "person": None,
        "place": None,
    }
    row = stack.row(alarm, sample.home, NOW, W)
    assert (row.room, row.name != "") == ("", True)


def test_shelved_says_why_and_until():
    sample = homes.reference()
    alarm = sample.alarms[4] | {"state": "shelved", "shelved_until": iso(NOW + 3600 * SECOND_US)}
    alarm["transitions"] = [
        *alarm["transitions"],
        {"at": iso(NOW), "from": "new", "to": "shelved", "by": "n1", "note": "充电柜满"},
    ]
    assert stack.row(alarm, sample.home, NOW, W).why == "原因：充电柜满"


def test_the_shifts_counts_and_its_median():
    sample = homes.reference()
    old = {**sample.alarms[2], "id": "A-0", "state": "resolved", "resolution": "false"}
    done = stack.done([*sample.alarms, old], NOW - 8 * homes.HOUR_US)
    assert (done.total, done.false, done.median_s) == (1, 1, 157.0)
    assert stack.done([], 0).median_s is None


def test_five_petals_from_evidence_alone():
    sample = homes.reference()
    row = stack.row(sample.alarms[0], sample.home, NOW, W)
    told = why.explain(row, sample.home, sample.acceleration, sample.heart, NOW, W)
    assert [p.n for p in told.petals] == [2, 3, 4, 5]
    assert (told.score.value, told.score.threshold) == ("0.94", "0.80")
    said = " ".join(line for p in told.petals for line in p.lines)
    for part in ("fall-wrist 1.3", "没确认，已转手机", "转护士", "A-1124-031", "规则 fall@1", "厕感应-312"):
        assert part in said
    assert "心率 104，之前 8" in " ".join(told.known)
    assert told.unknown == ("是否受伤，是否撞到头",)


def test_an_explanation_without_evidence_claims_nothing():
    sample = homes.reference()
    alarm = sample.alarms[0] | {"evidence": {}, "pages": [], "ladder": [], "next_step": None, "device": None}
    told = why.explain(stack.row(alarm, sample.home, NOW, W), sample.home, [], [], NOW, W)
    assert told.score is None
    assert told.strip.empty
    assert "没有设备看见" in told.petals[0].lines[0]
    assert told.known == ()


def test_the_phone_shows_one_call_then_five_cards_then_counts():
    sample = homes.full()
    shown = phone.context(
        sample.home, sample.alarms, NOW, W, me="c1", called=["A-0000"], tasks=[], signals=lambda _: ([], [])
    )
    assert shown["call"].row.id == "A-0000"
    assert len(shown["cards"]) == 5
    assert sum(g.n for g in shown["groups"]) == 44
    quiet = phone.context(sample.home, [], NOW, W, me="c1", called=[], tasks=[], signals=lambda _: ([], []))
    assert quiet["call"] is None
    assert "在线" in quiet["quiet"]


def test_what_she_holds_stands_first_and_a_second_call_below_it():
    sample = homes.full()
    held = next(a for a in sample.alarms if a["state"] == "new")
    alarms = [{**a, "state": "acknowledged", "owner": "c1"} if a is held else a for a in sample.alarms]
    calling = [a["id"] for a in alarms if a["state"] == "new"][:2]

    def shown(**more):
        return phone.context(
            sample.home, alarms, NOW, W, me="c1", called=calling, tasks=[], signals=lambda _: ([], []), **more
        )

    assert shown()["call"] is None, "the same thumb must not take a second alarm"
    assert [r.id for r in shown()["mine"]] == [held["id"]]
    assert {r.id for r in shown()["ringing"]} == set(calling)
    assert shown(chosen=calling[0])["call"].row.id == calling[0]
    assert shown(chosen=calling[0])["others"] > 0


def test_the_question_to_the_band_counts_and_gives_the_answer():
    alarm = homes.reference().alarms[0]
    assert phone.ask(alarm, NOW, W).answer == "没有应答"
    helped = {**alarm, "evidence": alarm["evidence"] | {"ask": {"answer": "help", "at": iso(NOW)}}}
    assert phone.ask(helped, NOW, W).answer == "要帮忙"
    assert phone.ask({**alarm, "ladder": ["nurse"]}, NOW, W) is None


def test_the_shift_is_whoever_is_on_and_else_the_twelve_hours():
    sample = homes.reference()
    shift = roster.build(sample.home, sample.alarms, NOW, W)
    assert shift.word == "白班"
    assert {p.name: p.state for p in shift.people}["何小敏"] == "busy"
    assert len(shift.ribbon.blips) == 5
    nobody = roster.build(homes.small().home, [], NOW, W)
    assert (nobody.people, (nobody.until_us - nobody.from_us) // homes.HOUR_US) == ((), 12)


def test_only_the_one_who_is_called_confirms_her_page():
    sample = homes.reference()
    alarm = sample.alarms[1]
    alarm["pages"][0]["page"] = "P-7"
    assert stack.row(alarm, sample.home, NOW, W, "c2").page == "P-7"
    assert stack.row(alarm, sample.home, NOW, W, "n1").page == ""
    assert stack.row(alarm | {"state": "acknowledged"}, sample.home, NOW, W, "c2").page == ""
