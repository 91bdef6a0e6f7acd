"""Scenario pages in the frame: rail by permission, fragments, forms that keep what was typed, faults, first way in."""

from __future__ import annotations

import re

from tests.web.conftest import ORIGIN, PASSWORD, Home, csrf_of

from mumian.core.identity import setup
from mumian.core.kernel.errors import Unavailable


def post(client, path: str, **form: str):
    token = csrf_of(client.get("/account").text)
    return client.post(path, data={**form, "csrf": token}, headers={"Origin": ORIGIN})


def test_the_rail_shows_what_the_role_may_enter(home: Home) -> None:
    nurse = home.signed_in("nurse").get("/stand/station").text
    assert '<a href="/stand/station" aria-current="page"' in nurse
    assert '<a href="/stand/admission"' in nurse
    assert '<a href="/accounts"' not in nurse
    caregiver = home.signed_in("caregiver").get("/stand/station").text
    assert '<a href="/stand/admission"' not in caregiver
    assert '<a href="/accounts"' in home.signed_in("admin").get("/account").text
    assert home.signed_in("admin").get("/stand/station").status_code == 403


def test_a_fragment_is_that_block_alone(home: Home) -> None:
    client = home.signed_in("nurse")
    one = client.get("/stand/station?fragment=map").text
    assert one.strip() == "<p>map</p>"
    several = client.get("/stand/station?fragment=stack,map").text
    assert several.count("<template data-for=") == 2
    assert "<html" not in several
    assert client.get("/stand/station?fragment=nothing").status_code == 404


def test_values_are_escaped(home: Home) -> None:
    page = home.signed_in("nurse").get("/stand/station", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_refused_form_keeps_what_was_typed_but_no_password(home: Home) -> None:
    client = home.signed_in("nurse")
    answer = post(client, "/stand/admission", name="", note="左手 <不便>", password="hidden-thing")
    assert answer.status_code == 422
    assert "左手 &lt;不便&gt;" in answer.text
    assert "hidden-thing" not in answer.text
    assert "name is missing" in answer.text


def test_a_form_of_another_path_comes_back_to_its_page(home: Home) -> None:
    client = home.signed_in("nurse")
    token = csrf_of(client.get("/account").text)
    answer = client.post(
        "/stand/admission/again",
        data={"name": "", "note": "kept", "csrf": token},
        headers={"Origin": ORIGIN, "Referer": f"{ORIGIN}/stand/admission"},
    )
    assert answer.status_code == 422
    assert 'value="kept"' in answer.text


def test_what_an_action_returns_is_shown_once_on_the_page(home: Home) -> None:
    assert "shown once" in post(home.signed_in("nurse"), "/stand/admission", name="secret").text


def test_what_was_said_is_shown_once(home: Home) -> None:
    client = home.signed_in("nurse")
    assert post(client, "/stand/admission", name="陈").headers["location"] == "/stand/station"
    assert "收下了陈" in client.get("/stand/station").text
    assert "收下了陈" not in client.get("/stand/station").text


def test_people_get_a_page_and_programs_get_problem_details(home: Home) -> None:
    client = home.signed_in("nurse")
    page = client.get("/stand/nowhere")
    assert page.status_code == 404
    assert 'class="mm-rail"' in page.text
    problem = home.program("nurse").get("/api/people/nobody")
    assert problem.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "retry"} == set(problem.json())


def test_an_unforeseen_fault_shows_a_number_and_no_traceback(home: Home) -> None:
    answer = home.signed_in("nurse").get("/stand/broken")
    assert answer.status_code == 500
    assert re.search(r"E-[0-9a-f]{8}", answer.text)
    assert "a fault of our own" not in answer.text


def test_a_part_that_is_down_is_named_on_every_page(home: Home) -> None:
    home.live.parts["broker"] = {"ok": False}
    assert "消息代理停了" in home.signed_in("nurse").get("/stand/station").text
    assert home.client().get("/healthz").status_code == 503


def test_theme_follows_the_clock_and_then_the_choice(home: Home) -> None:
    client = home.signed_in("nurse")  # the clock stands at 06:13 in Guangzhou
    assert 'data-bs-theme="dark"' in client.get("/account").text
    home.store.clock.advance(4 * 3600)
    assert 'data-bs-theme="light"' in client.get("/account").text
    post(client, "/preferences", theme="dark")
    assert 'data-bs-theme="dark" data-theme-chosen' in client.get("/account").text


def test_the_first_administrator_is_made_once(home: Home, make_store) -> None:
    token = setup.issue(home.store)
    assert token
    client = home.client()
    page = client.get(f"/setup/{token}")
    assert page.status_code == 200
    weak = client.post(f"/setup/{token}", data={"user": "chief", "password": "short", "again": "short"})
    assert weak.status_code == 422
    different = client.post(
        f"/setup/{token}", data={"user": "chief", "password": PASSWORD, "again": "x" + PASSWORD}
    )
    assert different.status_code == 422
    done = client.post(f"/setup/{token}", data={"user": "chief", "password": PASSWORD, "again": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert client.get("/accounts").status_code == 200
    assert home.client().get(f"/setup/{token}").status_code == 404
    assert home.client().post(f"/setup/{token}", data={"user": "second"}).status_code == 404


def test_an_administrator_makes_an_account_that_works(home: Home) -> None:
    admin = home.signed_in("admin")
    answer = post(admin, "/accounts", do="create", user="he.min", role="caregiver", staff="c2")
    secret = re.search(r'class="mm-secret">([^<]+)<', answer.text)
    assert secret
    client = home.client()
    assert client.post("/login", data={"user": "he.min", "password": secret.group(1)}).status_code == 303
    reset = post(admin, "/accounts", do="reset", user="he.min")
    assert 'class="mm-secret"' in reset.text
    assert client.get("/stand/station").status_code == 303  # the old session ended
    own = post(admin, "/accounts", do="disable", user="admin")
    assert own.status_code == 422


def test_changing_the_password_keeps_one_signed_in_and_ends_other_sessions(home: Home) -> None:
    here, elsewhere = home.signed_in("nurse"), home.signed_in("nurse")
    wrong = post(here, "/account/password", old="nonsense", new="peony-in-may-31", again="peony-in-may-31")
    assert wrong.status_code == 422
    done = post(here, "/account/password", old=PASSWORD, new="peony-in-may-31", again="peony-in-may-31")
    assert done.headers["location"] == "/account"
    assert "密码改好了" in here.get("/account").text
    assert elsewhere.get("/account").status_code == 303


def test_every_part_renders(home: Home) -> None:
    page = home.signed_in("nurse").get("/stand/parts").text
    for part in (
        "mm-alarm--high is-new",
        "mm-ladder",
        "mm-origin--replay",
        "mm-proof--met",
        "mm-empty",
        "mm-error",
        "mm-petal",
    ):
        assert part in page
    assert 'aria-label="0.952 [0.923, 0.973] ≥ 0.920"' in page


def test_static_files_are_kept_by_their_hash(home: Home) -> None:
    client = home.client()
    address = re.search(r'href="(/static/parts.css\?v=[0-9a-f]+)"', client.get("/login").text)
    assert address
    kept = client.get(address.group(1))
    assert "immutable" in kept.headers["cache-control"]
    assert kept.headers["content-encoding"] == "gzip"
    again = client.get("/static/parts.css", headers={"If-None-Match": kept.headers["etag"]})
    assert again.status_code == 304


def test_while_the_database_is_away_people_are_told_and_health_still_answers(home: Home, monkeypatch) -> None:
    client = home.signed_in("nurse")

    def away(token: str) -> None:
        raise Unavailable(part="postgres", detail="starting")

    monkeypatch.setattr(home.app.state.site.identity, "by_session", away)
    page = client.get("/stand/station")
    assert page.status_code == 503
    assert "现在用不了" in page.text
    assert client.get("/healthz").status_code == 200
    assert client.get("/login").status_code == 200


def test_head_asks_what_get_would_answer(home: Home) -> None:
    client = home.signed_in("nurse")
    assert client.head("/stand/station").status_code == 200
    assert client.head("/api/alarms").status_code == 405
