"""Accounts, sign-in and its throttle, sessions, bearer tokens, and the first administrator's link."""

from __future__ import annotations

import threading

import argon2
import pytest
from tests.core.registry.homes import NOW_US, load

from mumian.core import registry
from mumian.core.identity import access, accounts, consent, gate, passwords, sessions, setup, throttle, tokens
from mumian.core.identity.passwords import WeakPassword
from mumian.core.kernel.errors import BadInput, Conflict, NotFound, Unauthenticated

WORD = "紫荆与木棉 1938"


@pytest.fixture(autouse=True)
def _quick(monkeypatch, request):
    """The same argon2id with a small cost; one test looks at the real one."""
    if "real_cost" not in request.fixturenames:
        monkeypatch.setattr(
            passwords, "_HASHER", argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        )
        passwords._nobody.cache_clear()


@pytest.fixture
def real_cost():
    yield
    passwords._nobody.cache_clear()


def test_passwords_cost_what_rfc_9106_asks(real_cost):
    stored = passwords.hashed(WORD, "x")
    assert argon2.extract_parameters(stored) == argon2.profiles.RFC_9106_LOW_MEMORY
    assert passwords.matches(stored, WORD)
    assert not passwords.matches(stored, WORD + " ")
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("no hash", WORD)


@pytest.fixture
def home(make_store):
    opened = make_store("registry", "identity")
    load(opened)
    return opened


@pytest.fixture
def nurse(home):
    with home.tx() as cur:
        return accounts.add(cur, "Nurse.One", WORD, "nurse", "n2")


def test_sign_in_gives_the_account_whatever_the_case(home, nurse):
    assert accounts.sign_in(home, " nurse.ONE ", WORD) == nurse
    stored = home.query("select password_hash from identity.accounts")[0][0]
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("user", "word"),
    [("nurse.one", "wrong word"), ("nobody", WORD), ("a b", WORD), ("", ""), ("nurse.one", "x" * 100_000)],
)
def test_a_wrong_name_and_a_wrong_password_look_alike(home, nurse, user, word):
    with pytest.raises(accounts.WrongPassword) as wrong:
        accounts.sign_in(home, user, word)
    assert wrong.value.say("en") == "The user name or the password is wrong"


def test_after_five_failures_the_name_waits_and_the_wait_grows(home, nurse):
    def fail(user="nurse.one"):
        with pytest.raises(accounts.WrongPassword):
            accounts.sign_in(home, user, "not it at all")

    for _ in range(5):
        fail()
    for wait in (30, 60, 120, 240, 480, 900, 900):
        with pytest.raises(throttle.Locked) as locked:
            accounts.sign_in(home, "nurse.one", WORD)
        assert locked.value.facts["seconds"] == wait
        home.clock.advance(wait - 1)
        with pytest.raises(throttle.Locked, match="in 1 s"):
            accounts.sign_in(home, "nurse.one", WORD)
        home.clock.advance(1)
        fail()
    home.clock.advance(900)
    accounts.sign_in(home, "nurse.one", WORD)
    fail()
    accounts.sign_in(home, "nurse.one", WORD)


def test_a_name_that_does_not_exist_is_locked_like_one_that_does(home, nurse):
    for _ in range(5):
        with pytest.raises(accounts.WrongPassword):
            accounts.sign_in(home, "nobody", "not it at all")
    with pytest.raises(throttle.Locked):
        accounts.sign_in(home, "nobody", "not it at all")
    accounts.sign_in(home, "nurse.one", WORD)


def test_many_guesses_at_once_count_as_many(home, nurse):
    said = []

    def guess(i):
        try:
            accounts.sign_in(home, "nurse.one", f"guess number {i}")
        except Unauthenticated as refused:
            said.append(refused.code)

    guessers = [threading.Thread(target=guess, args=(i,)) for i in range(10)]
    for g in guessers:
        g.start()
    for g in guessers:
        g.join()
    assert sorted(said) == ["locked"] * 5 + ["wrong_password"] * 5


@pytest.mark.parametrize(
    "word", ["", "short", "password", "PASSWORD1", "aaaaaaaaaaaa", "nurse.two", "x" * 257]
)
def test_weak_passwords_are_refused(home, word):
    with pytest.raises(WeakPassword), home.tx() as cur:
        accounts.add(cur, "nurse.two", word, "nurse")


@pytest.mark.parametrize(
    ("user", "role", "staff"),
    [
        ("a b", "nurse", None),
        ("x", "gateway", None),
        ("x", "root", None),
        ("x", "nurse", "n9"),
        ("x", "nurse", "c1"),
    ],
)
def test_accounts_that_make_no_sense_are_refused(home, user, role, staff):
    with pytest.raises(BadInput), home.tx() as cur:
        accounts.add(cur, user, WORD, role, staff)


def test_a_name_or_a_member_of_staff_has_one_account(home, nurse):
    for user, staff in (("nurse.one", None), ("NURSE.one", None), ("other", "n2")):
        with pytest.raises(Conflict), home.tx() as cur:
            accounts.add(cur, user, WORD, "nurse", staff)


def test_a_session_knows_role_and_floors_of_now(home, nurse):
    opened = sessions.open_for(home, nurse.id)
    found = sessions.find(home, opened.token)
    assert (found.user_name, found.csrf) == ("nurse.one", opened.csrf)
    who = found.principal
    assert (who.actor, who.role, who.staff, who.floors, who.account) == (
        "staff:n2",
        "nurse",
        "n2",
        {"F2"},
        nurse.id,
    )
    assert opened.token not in str(home.query("select * from identity.sessions"))
    with home.tx() as cur:
        registry.edit_staff(cur, "n2", role="director", floors=[], at_us=NOW_US, by="test")
    who = sessions.find(home, opened.token).principal
    assert (who.role, who.floors) == ("director", None)


@pytest.mark.parametrize(
    "end", ["sign out", "idle", "absolute", "disabled", "left", "password", "everywhere"]
)
def test_a_session_ends(home, nurse, end):
    opened = sessions.open_for(home, nurse.id)
    if end == "sign out":
        sessions.close(home, opened.token)
    elif end == "everywhere":
        sessions.close_all(home, nurse.id)
    elif end == "idle":
        home.clock.advance(11 * 3600)
        sessions.find(home, opened.token)
        home.clock.advance(11 * 3600)
        sessions.find(home, opened.token)
        home.clock.advance(12 * 3600)
    elif end == "absolute":
        for _ in range(7 * 4):
            home.clock.advance(6 * 3600)
            if _ < 27:
                sessions.find(home, opened.token)
    elif end == "password":
        accounts.change_password(home, nurse.id, WORD, "another long word")
    else:
        with home.tx() as cur:
            if end == "disabled":
                accounts.disable(cur, nurse.id)
            else:
                registry.leave(cur, "n2", at_us=NOW_US, by="test")
    with pytest.raises(Unauthenticated):
        sessions.find(home, opened.token)
    for token in ("", "x", opened.token + "x", opened.csrf):
        with pytest.raises(Unauthenticated):
            sessions.find(home, token)


def test_a_disabled_account_signs_in_again_only_once_enabled(home, nurse):
    with home.tx() as cur:
        accounts.disable(cur, nurse.id)
    with pytest.raises(accounts.WrongPassword):
        accounts.sign_in(home, "nurse.one", WORD)
    with home.tx() as cur:
        accounts.enable(cur, nurse.id)
    accounts.sign_in(home, "nurse.one", WORD)


def test_ones_own_password_is_changed_with_the_old_one(home, nurse):
    with pytest.raises(accounts.WrongPassword):
        accounts.change_password(home, nurse.id, "not the old one", "another long word")
    with pytest.raises(WeakPassword):
        accounts.change_password(home, nurse.id, WORD, "short")
    accounts.change_password(home, nurse.id, WORD, "another long word")
    accounts.sign_in(home, "nurse.one", "another long word")
    with pytest.raises(accounts.WrongPassword):
        accounts.sign_in(home, "nurse.one", WORD)


def test_a_forgotten_password_is_set_anew_and_the_wait_is_over(home, nurse):
    for _ in range(5):
        with pytest.raises(accounts.WrongPassword):
            accounts.sign_in(home, "nurse.one", "not it at all")
    with home.tx() as cur:
        accounts.set_password(cur, nurse.id, "another long word")
    accounts.sign_in(home, "nurse.one", "another long word")


def test_the_last_administrator_cannot_be_disabled(home):
    with home.tx() as cur:
        one = accounts.add(cur, "one", WORD, "admin")
    with pytest.raises(Conflict), home.tx() as cur:
        accounts.disable(cur, one.id)
    with home.tx() as cur:
        accounts.add(cur, "two", WORD, "admin")
        accounts.disable(cur, one.id)
        assert [a.usable for a in accounts.every(cur)] == [False, True]
    with pytest.raises(NotFound), home.tx() as cur:
        accounts.disable(cur, 99)


def test_the_first_administrator_is_made_once(home):
    token = setup.issue(home)
    assert setup.good(home, token)
    with pytest.raises(WeakPassword):
        setup.use(home, token, "boss", "short")
    made = setup.use(home, token, "boss", WORD)
    assert (made.role, made.user_name) == ("admin", "boss")
    assert not setup.good(home, token)
    with pytest.raises(NotFound):
        setup.use(home, token, "boss2", WORD)
    assert setup.issue(home) is None


def test_a_new_link_ends_the_one_before_and_a_guess_is_none(home):
    old, new = setup.issue(home), setup.issue(home)
    for token in (old, "", "guess"):
        with pytest.raises(NotFound):
            setup.use(home, token, "boss", WORD)
    setup.use(home, new, "boss", WORD)


def test_two_who_use_the_link_at_once_make_one_administrator(home):
    token = setup.issue(home)
    said = []

    def use(i):
        try:
            setup.use(home, token, f"boss{i}", WORD)
            said.append("made")
        except NotFound:
            said.append("refused")

    racers = [threading.Thread(target=use, args=(i,)) for i in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(said) == ["made", "refused", "refused", "refused"]
    assert home.query("select count(*) from identity.accounts") == [(1,)]


def test_a_bearer_token_is_its_role_and_its_member_of_staff(home):
    token = tokens.issue(home, "caregiver", "c1")
    assert token.startswith("mumian_")
    assert token not in str(home.query("select * from identity.tokens"))
    who = tokens.find(home, token)
    assert (who.actor, who.role, who.staff, who.floors, who.account) == (
        "staff:c1",
        "caregiver",
        "c1",
        {"F1"},
        None,
    )
    assert tokens.find(home, tokens.issue(home, "gateway")).actor == "token:gateway"


@pytest.mark.parametrize(
    ("role", "staff"), [("root", None), ("nurse", "nobody"), ("nurse", "c1"), ("gateway", "c1"), ("", None)]
)
def test_a_token_for_who_is_not_there_or_has_another_role_is_refused(home, role, staff):
    with pytest.raises(BadInput):
        tokens.issue(home, role, staff)


@pytest.mark.parametrize("end", ["expired", "revoked", "left", "other role"])
def test_a_token_ends(home, end):
    token = tokens.issue(home, "caregiver", "c1", days=1)
    tokens.find(home, token)
    if end == "expired":
        home.clock.advance(86_400)
    elif end == "revoked":
        tokens.revoke(home, token)
    else:
        with home.tx() as cur:
            if end == "left":
                registry.leave(cur, "c1", at_us=NOW_US, by="test")
            else:
                registry.edit_staff(cur, "c1", role="nurse", at_us=NOW_US, by="test")
    with pytest.raises(Unauthenticated):
        tokens.find(home, token)


@pytest.mark.parametrize("token", ["", "mumian_", "x" * 10_000, "\ud800", "密"])
def test_nonsense_is_no_token_and_no_session(home, token):
    with pytest.raises(Unauthenticated):
        tokens.find(home, token)
    with pytest.raises(Unauthenticated):
        sessions.find(home, token)


def test_consent_is_given_and_withdrawn_once(home):
    with home.tx() as cur:
        consent.give(cur, "wang", "family", at_us=NOW_US, by="staff:n1")
        with pytest.raises(Conflict):
            consent.give(cur, "wang", "family", at_us=NOW_US, by="staff:n1")
        consent.withdraw(cur, "wang", "family", at_us=NOW_US + 5, by="staff:n1")
        with pytest.raises(Conflict):
            consent.withdraw(cur, "wang", "family", at_us=NOW_US + 6, by="staff:n1")
        with pytest.raises(BadInput):
            consent.give(cur, "wang", "sale", at_us=NOW_US, by="staff:n1")
        with pytest.raises(NotFound):
            consent.give(cur, "nobody", "care", at_us=NOW_US, by="staff:n1")
        assert [(c.purpose, c.from_us, c.until_us) for c in consent.of(cur, "wang")][-1] == (
            "family",
            NOW_US,
            NOW_US + 5,
        )
    told = home.query("select body::jsonb from store.events where subject = 'wang' order by id desc limit 2")
    assert [body["until_us"] for (body,) in told] == [NOW_US + 5, None]
    assert {body["by"] for (body,) in told} == {"staff:n1"}


def test_a_resident_may_know_who_read_what_of_them(home):
    from mumian.core.store import telemetry

    with home.tx() as cur:
        series = telemetry.series_id(cur, "band-1", "heart_rate_bpm", "bpm")
        telemetry.append_points(cur, [series], [NOW_US - 1], [NOW_US - 1], [80.0])
    nurse = gate.scope(home, tokens.find(home, tokens.issue(home, "nurse", "n1")))
    telemetry.points(home, nurse, series, 0, NOW_US)
    with home.tx() as cur:
        access.note(cur, nurse, "person", "wang")
        access.note(cur, nurse, "person", "li")
    found = access.of(home, "wang")
    assert [(a.actor, a.action, a.subject) for a in found] == [
        ("staff:n1", "person", "wang"), ("staff:n1", "points", "band-1/heart_rate_bpm")]  # fmt: skip
