"""Every route with every kind of visitor: a route that is added without its row fails here."""

from __future__ import annotations

import pytest

OPEN, PERSONS, EDITORS = "open", "persons", "editors"
ROUTES = {  # path, method → who may use it
    ("/", "GET"): PERSONS,
    ("/calendar", "GET"): PERSONS,
    ("/entries", "GET"): PERSONS,
    ("/entries/{entry}", "GET"): PERSONS,
    ("/timeline", "GET"): PERSONS,
    ("/change/{verb}", "GET"): PERSONS,
    ("/change/{verb}", "POST"): EDITORS,
    ("/enter", "GET"): OPEN,
    ("/enter", "POST"): OPEN,
    ("/leave", "POST"): PERSONS,
    ("/static/desk.css", "GET"): OPEN,
    ("/static/theme.css", "GET"): OPEN,
}


def test_every_route_has_its_row(desk):
    """The table above is the whole desk."""
    found = {(route.path, method) for route in desk.desk.routes for method in route.methods - {"HEAD"}}
    assert found == ROUTES.keys()


@pytest.mark.parametrize(("path", "method"), [key for key, who in ROUTES.items() if who != OPEN])
@pytest.mark.parametrize("visitor", ["nobody", "tampered", "reader", "editor"])
def test_who_may_use_a_route(desk, path, method, visitor):
    """Without a session, with a tampered one, as a reader and as an editor."""
    where = path.format(entry="c-mali", verb="note")
    person = {"reader": "clara", "editor": "idris"}.get(visitor, "")
    browser = desk.browser(person)
    browser.follow_redirects = False
    if visitor == "tampered":
        browser.cookies.set("desk", "x" * 43)
    token = browser.token() if person else "x"
    sent = {"data": {"token": token, "about": "c-mali", "text": "x"}} if method == "POST" else {}
    status = browser.request(method, where, **sent).status_code
    if not person:
        assert status == 401
    elif visitor == "reader" and ROUTES[path, method] == EDITORS:
        assert status == 403
    else:
        assert status in (200, 303)


def test_a_route_takes_no_other_method(desk):
    """A change is never made by a GET, nor a page by a PUT."""
    browser = desk.browser("lotte")
    for path in {path for path, _ in ROUTES}:
        for method in ("PUT", "PATCH", "DELETE", "POST", "GET"):
            if (path, method) not in ROUTES:
                assert browser.request(method, path.format(entry="c-mali", verb="note")).status_code == 405, path
