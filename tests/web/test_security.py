"""CSRF, cookies, headers, hosts, sessions: what an attacker on another page or another machine would try."""

from __future__ import annotations

from tests.web.conftest import ORIGIN, PASSWORD, Home, csrf_of


def test_cookie_is_httponly_lax_and_named_by_port(home: Home) -> None:
    home.signed_in("nurse")
    answer = home.client().post("/login", data={"user": "nurse", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("mumian-8000=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


def test_cookie_is_secure_under_tls(home: Home) -> None:
    home.signed_in("nurse")
    client = home.client()
    answer = client.post("https://127.0.0.1:8000/login", data={"user": "nurse", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


def test_every_answer_carries_the_headers(home: Home) -> None:
    for path in ("/login", "/nowhere", "/api/alarms", "/static/parts.css", "/healthz"):
        headers = home.client().get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_pages_have_no_inline_script_and_ask_no_foreign_host(home: Home) -> None:
    client = home.signed_in("nurse")
    for path in ("/stand/station", "/account", "/more"):
        page = client.get(path).text
        assert "<script>" not in page
        assert " onclick=" not in page
        assert "//cdn" not in page
        assert 'src="http' not in page


def test_a_post_with_a_cookie_needs_the_pages_token(home: Home, raise_alarm) -> None:
    alarm = raise_alarm("wang", "F1")
    client = home.signed_in("nurse")
    client.headers["Accept"] = "application/json"
    bare = client.post(f"/api/alarms/{alarm}/acknowledge", json={}, headers={"Origin": ORIGIN})
    assert (bare.status_code, bare.json()["code"]) == (403, "csrf")
    client.headers["Accept"] = "text/html"
    token = csrf_of(client.get("/stand/station").text)
    wrong = client.post(
        f"/api/alarms/{alarm}/acknowledge", json={}, headers={"X-CSRF-Token": token[:-1] + "x"}
    )
    assert wrong.status_code == 403
    foreign = client.post(
        f"/api/alarms/{alarm}/acknowledge",
        json={},
        headers={"X-CSRF-Token": token, "Origin": "http://evil.example"},
    )
    assert foreign.status_code == 403
    right = client.post(
        f"/api/alarms/{alarm}/acknowledge", json={}, headers={"X-CSRF-Token": token, "Origin": ORIGIN}
    )
    assert right.status_code == 200


def test_a_form_carries_the_token_in_a_field(home: Home) -> None:
    client = home.signed_in("nurse")
    token = csrf_of(client.get("/stand/admission").text)
    assert client.post("/stand/admission", data={"name": "陈"}).status_code == 403
    answer = client.post("/stand/admission", data={"name": "陈", "csrf": token}, headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.headers["location"]) == (303, "/stand/station")


def test_a_bearer_token_needs_no_csrf_and_never_falls_back_to_the_cookie(home: Home, raise_alarm) -> None:
    alarm = raise_alarm("wang", "F1")
    assert home.program("nurse").post(f"/api/alarms/{alarm}/acknowledge", json={}).status_code == 200
    client = home.signed_in("nurse")
    answer = client.get("/api/alarms", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_login_from_another_origin_is_refused(home: Home) -> None:
    answer = home.client().post(
        "/login", data={"user": "nurse", "password": PASSWORD}, headers={"Origin": "http://evil.example"}
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_unknown_hosts_are_refused_on_loopback(home: Home) -> None:
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "a b", "x@127.0.0.1", ""):
        assert home.client().get("/login", headers={"Host": host}).status_code == 400, host
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert home.client().get("/login", headers={"Host": host}).status_code == 200, host


def test_a_session_ends_with_time_sign_out_and_closed_accounts(home: Home) -> None:
    idle = home.signed_in("nurse")
    home.store.clock.advance(13 * 3600)
    assert idle.get("/stand/station").headers["location"].startswith("/login")

    client = home.signed_in("nurse")
    token = csrf_of(client.get("/account").text)
    cookie = client.cookies["mumian-8000"]
    assert client.post("/logout", data={"csrf": token}, headers={"Origin": ORIGIN}).status_code == 303
    client.cookies.set("mumian-8000", cookie, domain="127.0.0.1")
    assert client.get("/stand/station").status_code == 303

    client = home.signed_in("nurse")
    admin = home.signed_in("admin")
    token = csrf_of(admin.get("/accounts").text)
    done = admin.post(
        "/accounts", data={"user": "nurse", "do": "disable", "csrf": token}, headers={"Origin": ORIGIN}
    )
    assert done.status_code == 303
    assert client.get("/stand/station").status_code == 303


def test_next_never_leads_to_another_host(home: Home) -> None:
    home.signed_in("nurse")
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = home.client().post("/login", data={"user": "nurse", "password": PASSWORD, "next": path})
        assert answer.headers["location"] == "/"
    home_page = home.client().get("/stand/station?floor=F1")
    assert home_page.headers["location"] == "/login?next=%2Fstand%2Fstation%3Ffloor%3DF1"


def test_static_serves_nothing_outside_its_folder(home: Home) -> None:
    for path in ("../app.py", "%2e%2e/app.py", "..%2fapp.py", "islands/../../app.py", "/etc/passwd"):
        assert home.client().get(f"/static/{path}").status_code in (400, 404), path


def test_bodies_have_a_limit(home: Home) -> None:
    answer = home.program("gateway").post("/api/ingest/observations", content=b" " * (9 * 1024 * 1024))
    assert answer.status_code == 413


def test_wrong_name_wrong_password_and_closed_account_read_alike(home: Home) -> None:
    def words(user: str, password: str) -> str:
        page = home.client().post("/login", data={"user": user, "password": password})
        assert page.status_code == 401
        return page.text.split('class="mm-error"')[1].split("</div>")[0]

    assert words("nurse", "wrong") == words("nobody-such", "wrong")
