"""A home is run through its pages: admission to departure, devices, staff, shifts, a reported fall, the figures."""

from __future__ import annotations

import json
import re

import pytest
from tests.scenarios.eldercare.pages.wire import post

from mumian.core import registry
from mumian.core.decide import alarms, rows
from mumian.core.identity import consent, gate
from mumian.core.kernel.clock import SECOND_US
from mumian.core.prove import figures
from mumian.core.store import objects
from mumian.scenarios.eldercare.pages.spoken import remark


def register(home):
    return registry.snapshot(home.store)


NEW = {
    "name": "陈秀英",
    "born": "1941-05-03",
    "care_level": "4",
    "bed": "r3-2",
    "purposes": ["care", "monitoring"],
    "device": "B-free",
}


def test_admission_puts_person_bed_consents_and_band_in_one_go(home):
    nurse = home.signed_in("nurse")
    answer = post(nurse, "/eldercare/admission", "/eldercare/admission", **NEW)
    assert answer.status_code == 200
    assert "陈秀英 已入住" in answer.text
    person = next(p for p in register(home).present() if p.name == "陈秀英")
    assert (person.bed, person.care_level) == ("r3-2", 4)
    now_us = home.store.clock.now_us()
    assert register(home).devices_of(person.id, now_us) == ("B-free",)
    assert register(home).readable(person.id, "care", now_us)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"bed": ""}, "床位没选"),
        ({"name": ""}, "姓名没填"),
        ({"care_level": "9"}, "护理等级没选"),
        ({"bed": "r1-1"}, "已有 p1"),
    ],
)
def test_admission_says_what_is_missing_and_keeps_what_was_typed(home, wrong, said):
    nurse = home.signed_in("nurse")
    answer = post(nurse, "/eldercare/admission", "/eldercare/admission", **(NEW | wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="1941-05-03"' in answer.text
    assert len(register(home).present()) == 3


def test_a_bed_on_another_floor_does_not_exist_for_her(home):
    with home.store.tx() as cur:
        for place, kind, parent in (("f9", "floor", "b1"), ("r9", "room", "f9"), ("r9-1", "bed", "r9")):
            registry.put_place(cur, place, kind, place, parent, at_us=1, by="d1")
    answer = post(
        home.signed_in("nurse"), "/eldercare/admission", "/eldercare/admission", **(NEW | {"bed": "r9-1"})
    )
    assert answer.status_code == 422
    assert "不在您的楼层" in answer.text


def test_bed_band_swap_consent_and_departure(home):
    nurse, page = home.signed_in("nurse"), "/eldercare/admission?person=p1"

    def send(what, **fields):
        answer = post(nurse, page, f"/eldercare/admission/{what}?person=p1", person="p1", **fields)
        assert answer.status_code == 200, answer.text
        home.store.clock.advance(1)
        return answer.text

    def worn(person):
        return register(home).devices_of(person, home.store.clock.now_us())

    assert "改好了" in send("person", name="老人一", care_level="5", bed="r3-2")
    assert (register(home).person("p1").name, register(home).person("p1").bed) == ("老人一", "r3-2")
    assert str(register(home).person("p1").born) == "1942-03-01"
    send("swap", other="B-2")
    assert (worn("p1"), worn("p2")) == (("B-2",), ("B-1",))
    send("band", device="B-free")
    assert worn("p1") == ("B-free",)
    assert "已撤回" in send("consent", purpose="care", do="withdraw")
    assert not register(home).readable("p1", "care", home.store.clock.now_us())
    send("consent", purpose="care", do="give")
    send("band", do="release")
    assert worn("p1") == ()
    refused = post(nurse, page, "/eldercare/admission/depart?person=p1", person="p1")
    assert refused.status_code == 422
    assert "确认离院" in refused.text
    assert "已离院" in send("depart", sure="yes")
    assert register(home).person("p1").departed_us is not None


def test_the_card_of_someone_who_withdrew_shows_no_measurement(home):
    nurse = home.signed_in("nurse")
    post(
        nurse,
        "/eldercare/admission?person=p2",
        "/eldercare/admission/consent?person=p2",
        person="p2",
        purpose="monitoring",
        do="withdraw",
    )
    home.store.clock.advance(1)
    assert "体征不显示" in nurse.get("/eldercare/residents/p2").text
    assert nurse.get("/eldercare/residents/nobody").status_code == 404


def test_looking_at_a_card_stands_in_the_access_log(home):
    director = home.signed_in("director")
    director.get("/eldercare/residents/p1")
    assert "看老人卡" in director.get("/eldercare/residents/p1").text


def test_a_reported_fall_calls_the_nurse_once(home):
    caregiver = home.signed_in("caregiver")
    fields = {"time": "2023-11-15T06:10", "note": "卫生间", "key": "K-1"}
    for _ in range(2):
        answer = post(caregiver, "/eldercare/residents/p1", "/eldercare/residents/p1/report", **fields)
        assert answer.status_code == 200, answer.text
    found = alarms.read(home.store, gate.system_scope(home.store))
    assert [a["evidence"]["missed"] for a in found] == [True]
    late = post(
        caregiver, "/eldercare/residents/p1", "/eldercare/residents/p1/report", **(fields | {"time": ""})
    )
    assert late.status_code == 422
    assert "卫生间" in late.text


def test_who_cannot_go_hands_on_to_the_next_at_once(home, raise_alarm):
    alarm = raise_alarm("p1")
    caregiver = home.signed_in("caregiver")
    assert "我去" in caregiver.get("/eldercare/phone").text
    answer = post(caregiver, "/eldercare/phone", f"/eldercare/alarms/{alarm}/decline")
    assert "已转下一位" in answer.text
    due = home.store.query(
        "select due_us from decide.timers where alarm = %s and kind = 'escalate'", (alarm,)
    )
    assert due[0][0] <= home.store.clock.now_us()


def test_a_new_device_shows_its_credentials_once(home):
    director, page = home.signed_in("director"), "/eldercare/devices"
    answer = post(director, page, page, id="B-77", kind="band", origin="field")
    assert answer.status_code == 200
    password = re.search(r'class="mm-secret">([\w-]{30,})<', answer.text)
    assert password
    assert password[1] not in director.get(page).text
    twice = post(director, page, page, id="B-77", kind="band")
    assert twice.status_code == 409
    assert 'value="B-77"' in twice.text
    assert post(director, page, f"{page}/B-77/retire").status_code == 422
    assert "已停用" in post(director, page, f"{page}/B-77/retire", sure="yes").text
    assert register(home).device("B-77").retired_us is not None


def test_staff_and_a_week_of_shifts(home):
    director, page = home.signed_in("director"), "/eldercare/staff"
    assert "已加入" in post(director, page, page, name="温护理员", role="caregiver", floors=["f3"]).text
    new = next(s for s in register(home).staff.values() if s.name == "温护理员")
    assert new.floors == ("f3",)
    answer = post(
        director,
        page,
        f"{page}/shifts",
        staff=new.id,
        preset="night",
        days=["2023-11-20", "2023-11-21"],
        week="2023-11-20",
    )
    assert "排上 2 个班" in answer.text
    spans = [(s.until_us - s.from_us) // (3600 * SECOND_US) for s in register(home).shifts(new.id)]
    assert spans == [12, 12]
    assert "照上周排上 2 个班" in post(director, page, f"{page}/shifts/copy", week="2023-11-27").text
    assert len(register(home).shifts(new.id)) == 4
    first = register(home).shifts(new.id)[0]
    post(director, page, f"{page}/shifts/drop", staff=new.id, from_us=str(first.from_us))
    assert len(register(home).shifts(new.id)) == 3
    assert "没选哪天" in post(director, page, f"{page}/shifts", staff=new.id, preset="day").text
    assert "离职" in post(director, page, f"{page}/{new.id}", do="leave", sure="yes").text
    assert register(home).staff[new.id].left_us is not None


def test_figures_are_computed_and_exported_and_nothing_can_be_typed(home, raise_alarm):
    raise_alarm("p1")
    director, page = home.signed_in("director"), "/indicators"
    assert "已重新计算并签名" in post(director, page, page, id="eldercare.alarms_lost").text
    shown = director.get(page + "?id=eldercare.alarms_lost").text
    figure = re.search(r'name="figure" value="([^"]+)"', shown)
    assert figure
    notes = [f["note"] for f in figures.current(home.store, "eldercare") if f["note"]]
    assert len(notes) > 3
    assert [
        note for note in notes if re.search(r"[a-z]{2}", remark(note, "zh")) or remark(note, "en") != note
    ] == []
    answer = post(
        director,
        page,
        page + "/export?id=eldercare.alarms_lost",
        id="eldercare.alarms_lost",
        figure=figure[1],
    )
    assert "data:application/json;base64," in answer.text
    assert not re.search(
        r'<input(?![^>]*type="(hidden|checkbox)")', shown[shown.index("<main") : shown.index("</main")]
    )


def test_an_old_bookmark_of_the_board_leads_to_the_homes(home):
    answer = home.signed_in("auditor").get("/eldercare/indicators?id=eldercare.fall_recall")
    assert (answer.url.path, answer.url.query) == ("/indicators", b"id=eldercare.fall_recall")
    assert 'class="is-selected" aria-current="true" data-row="eldercare.fall_recall"' in answer.text


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("caregiver", "/eldercare/admission", 403), ("caregiver", "/eldercare/burden", 403), ("auditor", "/eldercare/phone", 403),
        ("admin", "/eldercare/station", 403), ("admin", "/eldercare/devices", 200), ("admin", "/eldercare/staff", 200),
        ("auditor", "/indicators", 200), ("caregiver", "/indicators", 403), ("caregiver", "/eldercare/indicators", 403), ("caregiver", "/eldercare/residents", 200), ("nurse", "/eldercare/handover", 200),
    ],
)  # fmt: skip
def test_roles_meet_only_their_pages(home, role, path, status):
    assert home.signed_in(role).get(path).status_code == status


def test_an_administrator_is_not_told_who_wears_what(home):
    text = home.signed_in("admin").get("/eldercare/devices").text
    assert "B-1" in text
    assert "老人1" not in text[text.index("<tbody") : text.index("</tbody")]


def test_fragments_hold_one_panel(home, raise_alarm):
    alarm = raise_alarm("p1")
    nurse = home.signed_in("nurse")
    for name, word in (
        ("stack", "由我处理"),
        ("map", 'class="floor"'),
        ("why", "为什么报警"),
        ("duty", "data-part"),
    ):
        text = nurse.get(f"/eldercare/station?fragment={name}&alarm={alarm}").text
        assert word in text
        assert "<html" not in text


def test_the_signal_kept_as_evidence_stands_in_once_its_segment_has_gone(home, raise_alarm):
    alarm, now_us = raise_alarm("p1"), home.store.clock.now_us()
    batch = {
        "event_us": now_us - SECOND_US,
        "rate_hz": 50.0,
        "unit": "m/s2",
        "samples": [[0.0, 0.0, 9.81]] * 100,
    }
    digest = objects.put(home.store, json.dumps({"batches": [batch]}).encode(), "application/json")
    with home.store.tx() as cur:
        held = rows.lock(cur, alarm)
        rows.update(cur, alarm, evidence={**held["evidence"], "wave": digest})
    assert "<polyline" in home.signed_in("nurse").get(f"/eldercare/station?fragment=why&alarm={alarm}").text
    with home.store.tx() as cur:
        consent.withdraw(cur, "p1", "care", at_us=now_us, by="n1")
    assert (
        "<polyline" not in home.signed_in("nurse").get(f"/eldercare/station?fragment=why&alarm={alarm}").text
    )
