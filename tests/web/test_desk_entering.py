"""Coming in at the desk: links, sessions, and requests that other sites send."""

from datetime import timedelta

import pytest
from desk_of_two import HERE, Browser, words
from starlette.testclient import TestClient

from monitor.actions.desk import access
from monitor.clock import now as machine_now
from monitor.core.errors import UnknownId
from monitor.web.desk import COOKIE
from monitor.web.guard import BODY, HEADERS


def test_without_a_session_no_page_shows_anything(desk):
    """The answer is the same for a page that is there and one of an entry that is not."""
    outside = desk.browser()
    for path in ("/", "/entries", "/entries/c-mali", "/entries/none", "/change/record?about=c-mali", "/change/none"):
        found = outside.get(path)
        assert found.status_code == 401 and "c-mali" not in found.text and "Bijdrage" not in found.text
        assert "U bent niet aangemeld" in words(found.text)


def test_a_link_lets_in_once_and_looking_leaves_it(desk):
    """A scanner that opens every link of a mail uses none up; the button does, for one browser."""
    link = access.new_link(desk.app, machine_now(), "lotte")
    mine, other = desk.browser(), desk.browser()
    for _ in range(3):
        assert "Met deze koppeling meldt u zich aan als Lotte Verhagen" in mine.text(f"/enter?key={link}")
    mine.post("/enter", data={"key": link})
    assert "Stand op maandag 4 januari 2021" in mine.text("/")
    assert other.post("/enter", data={"key": link}).status_code == 401
    assert other.get("/").status_code == 401


def test_a_link_is_good_for_a_quarter_of_an_hour(desk):
    """Also a session ends by itself, after a working day."""
    now = machine_now()
    link = access.new_link(desk.app, now, "lotte")
    assert access.person_of_link(desk.app, now + access.LINK_LASTS, link) is None
    assert access.enter(desk.app, now + access.LINK_LASTS, link) is None
    session = access.enter(desk.app, now, access.new_link(desk.app, now, "lotte"))
    assert access.session_of(desk.app, now + access.SESSION_LASTS - timedelta(seconds=1), session).person.id == "lotte"
    assert access.session_of(desk.app, now + access.SESSION_LASTS, session) is None


def test_a_link_is_made_for_people_of_the_configuration(desk):
    """A slip of the name is told with the nearest one."""
    with pytest.raises(UnknownId, match="lotte"):
        access.new_link(desk.app, machine_now(), "lote")


def test_only_hashes_of_tokens_are_kept(desk):
    """Who reads the database cannot come in with it."""
    browser = desk.browser("lotte")
    with desk.app.store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT token, form FROM sessions").all()
    assert rows and all(browser.cookies[COOKIE] not in row for row in rows)
    assert all(len(row.token) == 64 for row in rows)


def test_leaving_ends_the_session_at_the_server(desk):
    """A copy of the cookie opens nothing afterwards."""
    browser = desk.browser("lotte")
    copy = Browser(desk, "")
    copy.cookies.set(COOKIE, browser.cookies[COOKIE])
    assert copy.get("/").status_code == 200
    browser.fill("/leave")
    assert browser.get("/").status_code == 401 and copy.get("/").status_code == 401


def test_a_person_who_left_the_configuration_is_out(desk):
    """The session of a person whom the configuration names no more opens nothing."""
    now = machine_now()
    session = access.enter(desk.app, now, access.new_link(desk.app, now, "idris"))
    people = desk.app.people.persons
    assert access.session_of(desk.app, now, session)
    people.pop("idris")
    assert access.session_of(desk.app, now, session) is None


def test_every_answer_carries_the_strict_headers(desk):
    """Pages, redirects, faults and files alike: no script, nothing from outside, kept by no cache."""
    browser = desk.browser("lotte")
    browser.follow_redirects = False
    for path in ("/", "/entries/none", "/nowhere", "/enter?key=x", "/static/desk.css", "/static/theme.css"):
        found = browser.get(path)
        assert all(found.headers[name] == value for name, value in HEADERS.items()), path
        assert "no-store" in found.headers["cache-control"]
        assert "<script" not in found.text and " style=" not in found.text and "<style" not in found.text
    assert "script-src" not in HEADERS["Content-Security-Policy"]  # so default-src 'none' holds for scripts


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_page_that_was_led_here_is_refused(desk, host):
    """DNS rebinding: the name of another site that leads to this machine."""
    browser = desk.browser("lotte")
    assert browser.get("/", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_another_site_changes_nothing(desk, headers):
    """What the browser says of where a form comes from decides, before the form is read."""
    browser = desk.browser("lotte")
    token = browser.token()
    found = browser.post("/change/note", data={"token": token, "about": "c-mali", "text": "x"}, headers=headers)
    assert found.status_code == 403


def test_an_old_browser_is_judged_by_its_origin(desk):
    """Without Sec-Fetch-Site the origin must be this host."""
    browser = desk.browser("lotte")
    token, cookie = browser.token(), browser.cookies[COOKIE]
    old = TestClient(desk.desk, base_url=HERE, cookies={COOKIE: cookie})
    sent = {"token": token, "about": "c-mali", "text": "x"}
    assert old.post("/change/note", data=sent, headers={"Origin": "https://evil.example"}).status_code == 403
    assert old.post("/change/note", data=sent, headers={"Origin": HERE}).status_code == 200


@pytest.mark.parametrize("token", ["", "x", None])
def test_a_form_needs_its_session_token(desk, token):
    """Missing, wrong, or of another session."""
    browser, other = desk.browser("lotte"), desk.browser("idris")
    given = other.token() if token is None else token
    found = browser.post("/change/note", data={"token": given, "about": "c-mali", "text": "x"})
    assert found.status_code == 403 and "er is niets gewijzigd" in words(found.text)


def test_long_bodies_are_refused(desk):
    """By their length as told, and by what comes where none is told."""
    browser = desk.browser("lotte")
    token = browser.token()
    assert browser.post("/change/note", data={"token": token, "text": "x" * BODY}).status_code == 413

    def endless():
        for _ in range(BODY // 1000 + 2):
            yield b"a" * 1000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.post("/change/note", content=endless(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    "path", ["/static/../desk.py", "/static/%2e%2e/desk.py", "/static/desk.css/..", "/entries/../x"]
)
def test_no_path_leads_out_of_the_desk(desk, path):
    """Files are named one by one."""
    assert desk.browser("lotte").get(path).status_code in (404, 401)
