"""Slips in names: types of letters, roles, people and rules, each a fault with the nearest name, at every door."""

import json

import pytest

PEOPLE = """
[people.sanne]
name = "Sanne de Vries"
address = "sanne@example.org"
roles = ["desk-officer"]
"""
ENTRY = {"id": "c-new", "kind": "contribution", "title": "Unit", "valid_until": "2022-12-31"}
LETTER = {"entry": "c-new", "type": "document:art100-letter", "on": "2021-03-01"}
SLIPS = {  # what is written → what was meant
    "a letter": ("event", {"type": "document:art100-leter"}, "Did you mean document:art100-letter?"),
    "an event": ("event", {"type": "event:extendd"}, "Did you mean event:extended?"),
    "another prefix": ("event", {"type": "event:art100-letter"}, "Did you mean document:art100-letter?"),
    "no prefix": ("event", {"type": "art100-letter"}, "Did you mean document:art100-letter?"),
    "a rule that is closed": ("event", {"closes": ["art100-debat"]}, "Did you mean art100-debate?"),
    "an owner": ("entry", {"owner": "polcy-officer"}, "Did you mean policy-officer?"),
    "a person as owner": ("entry", {"owner": "Sanne de Vries"}, "Did you mean sanne?"),
    "a name nearly right": ("entry", {"owner": "sane de vries"}, "Did you mean sanne?"),
    "a role with holders": ("entry", {"holders": {"polcy-officer": ["sanne"]}}, "Did you mean policy-officer?"),
    "a holder": ("entry", {"holders": {"policy-officer": ["sane"]}}, "Did you mean sanne?"),
    "a role as holder": ("entry", {"holders": {"policy-officer": ["director"]}}, "director is a role, not a person."),
    "a person as role": ("entry", {"holders": {"sanne": ["otto"]}}, "sanne is a person, not a role."),
    "a tag not as seen": ("entry", {"tags": "sahel\u200b"}, "cannot be seen: U+200B ZERO WIDTH SPACE."),
    "a procedure not as seen": ("entry", {"procedure": "art\xa0100"}, "cannot be seen: U+00A0 NO-BREAK SPACE."),
}


@pytest.fixture
def named(cli, home):
    """A register with people in its configuration; the slips are made on it."""
    config = home / "config.toml"
    config.write_text(config.read_text() + PEOPLE)
    return cli


def written(home, slip):
    """A register file with one entry and one event, one of them with the slip."""
    kind, fields, _ = SLIPS[slip]
    entry, event = dict(ENTRY), dict(LETTER)
    (entry if kind == "entry" else event).update(fields)
    file = home / "file.json"
    file.write_text(json.dumps({"entries": [entry], "events": [event]}))
    return str(file), entry, event


def told(answer):
    return " ".join(f"{answer.out} {answer.err}".split())


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_in_a_register_file_are_faults(named, home, slip):
    file, *_ = written(home, slip)
    answer = named("import", file, "--yes")
    assert (answer.code, SLIPS[slip][2] in told(answer)) == (3, True), told(answer)
    assert named("list", "--json").out == ""


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_in_a_simulated_register_are_faults(named, home, slip):
    file, *_ = written(home, slip)
    span = ("--from", "2021-03-01", "--to", "2021-03-05", "--register", file)
    answer = named("simulate", *span)
    assert (answer.code, SLIPS[slip][2] in told(answer)) == (3, True), told(answer)


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("door", ["whatif", "simulate"])
def test_slips_in_dated_actions_are_faults(named, home, slip, door):
    _, entry, event = written(home, slip)
    day = {"before_first_slot_from": "2021-03-01"}
    file = home / "actions.json"
    file.write_text(json.dumps([{**day, "verb": "add", "entry": entry}, {**day, "verb": "record", **event}]))
    span = ("--from", "2021-03-01", "--to", "2021-03-05")
    answer = named(door, *span, "--changes" if door == "whatif" else "--actions", str(file))
    assert (answer.code, SLIPS[slip][2] in told(answer)) == (3, True), told(answer)
    assert "actions[" in told(answer)


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_in_what_is_typed_are_refused(named, slip):
    kind, fields, meant = SLIPS[slip]
    base = ("--kind", "contribution", "--title", "Unit", "--valid-until", "2022-12-31", "--yes")
    if kind == "event":
        assert named("add", "c-new", *base).code == 0
        closes = [word for rule in fields.get("closes", ()) for word in ("--closes", rule)]
        answer = named("record", "c-new", "--type", fields.get("type", LETTER["type"]), *closes, "--yes")
    else:
        settings = [
            f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in fields.items()
        ]
        answer = named("add", "c-new", *base, *(word for each in settings for word in ("--set", each)))
        if not isinstance(next(iter(fields.values())), str):
            settings = [f"holders.{role}={persons[0]}" for role, persons in fields["holders"].items()]
        assert named("add", "c-other", *base).code == 0
        corrected = named("correct", "c-other", *settings, "--yes")
        assert (corrected.code, meant in told(corrected)) == (4, True), told(corrected)
    if not isinstance(next(iter(fields.values())), dict):
        assert (answer.code, meant in told(answer)) == (4, True), told(answer)
    assert named("history", "--json", "--verb", "record").out == ""


@pytest.mark.parametrize("verb", ["acknowledge", "snooze"])
@pytest.mark.parametrize("door", ["whatif", "simulate"])
def test_rules_in_actions_are_checked(named, home, verb, door):
    """An acknowledgement of a rule that there is not would pass as nothing."""
    day = {"before_first_slot_from": "2021-03-01"}
    file = home / "actions.json"
    more = {"until": "2021-04-01", "reason": "r"} if verb == "snooze" else {}
    action = {**day, "verb": verb, "entry": "c-new", "rule": "art100-debat", **more}
    file.write_text(json.dumps([{**day, "verb": "add", "entry": ENTRY}, action]))
    span = ("--from", "2021-03-01", "--to", "2021-03-05")
    answer = named(door, *span, "--changes" if door == "whatif" else "--actions", str(file))
    assert (answer.code, "Did you mean art100-debate?" in told(answer)) == (3, True), told(answer)


@pytest.mark.parametrize(
    ("owner", "meant"), [("polcy-officer", "policy-officer"), ("Sanne de Vries", "sanne"), ("SANNE", "sanne")]
)
def test_owners_in_a_table_are_checked_with_their_row(named, home, owner, meant):
    file = home / "table.csv"
    file.write_text(f"id,kind,title,owner\nm,mandate,T,sanne\nn,mandate,T,{owner}\n")
    answer = named("import", str(file), "--yes")
    assert (answer.code, f"Did you mean {meant}?" in told(answer), "table.csv:3" in told(answer)) == (3, True, True)


def test_names_that_are_right_are_taken(named, home):
    """People by their ids, roles that a rule mails to or that the entry's own holders have, types of our own."""
    for number, owner in enumerate(("sanne", "policy-officer", "desk-officer", "operator")):
        answer = named("add", f"m-{number}", "--kind", "mandate", "--title", "T", "--set", f"owner={owner}", "--yes")
        assert answer.code == 0, answer.err
    entry = {**ENTRY, "owner": "captain", "holders": {"captain": ["sanne"]}}
    (home / "own.json").write_text(json.dumps({"entries": [entry]}))
    assert named("import", "own.json", "--yes").code == 0


def test_a_type_of_our_own_is_kept_and_told(named, home):
    named("add", "m-x", "--kind", "mandate", "--title", "T", "--yes")
    answer = named("record", "m-x", "--type", "event:visited", "--yes")
    assert answer.code == 0
    assert "Closes nothing: no rule knows event:visited; known types are document:annual-evaluation" in told(answer)
    event = {**LETTER, "type": "event:inspected"}
    (home / "own.json").write_text(json.dumps({"entries": [ENTRY], "events": [event]}))
    answer = named("import", "own.json", "--yes")
    assert (answer.code, "no rule knows event:inspected; known types are" in told(answer)) == (0, True)


def test_a_type_in_the_configuration_is_no_slip(named, home):
    config = home / "config.toml"
    config.write_text(config.read_text() + '[register]\nevent_types = ["document:art100-letters"]\n')
    named("add", "m-x", "--kind", "mandate", "--title", "T", "--yes")
    answer = named("record", "m-x", "--type", "document:art100-letters", "--yes")
    assert (answer.code, "Closes nothing." in answer.out) == (0, True)


def test_retract_names_the_event_that_was_meant(named):
    named("add", "m-x", "--kind", "mandate", "--title", "T", "--yes")
    named("record", "m-x", "--type", "document:letter", "--yes")
    answer = named("retract", "m-x", "document:leter", "--yes")
    assert (answer.code, "Did you mean document:letter?" in told(answer)) == (4, True)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ('[people.anna]\nname = "A"\naddress = "a@example.org"\nroles = ["polcy-officer"]\n', "policy-officer"),
        ('[holders.tag.mali]\nlegal-advisor = ["otto"]\n', "legal-adviser"),
        ('[register]\nfallback_role = "operater"\n', "operator"),
        ('[holders.tag.mali]\nlegal-adviser = ["oto"]\n', "otto"),
    ],
)
def test_slips_in_the_configuration_are_faults(named, home, given, meant):
    config = home / "config.toml"
    config.write_text(config.read_text() + given)
    for command in ("validate", "doctor"):
        answer = named(command)
        assert (answer.code, f"Did you mean {meant}?" in told(answer)) == (3, True), told(answer)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ('to = ["polcy-officer"]', "policy-officer"),
        ('to = ["director"]\ncc = ["polcy-officer"]', "policy-officer"),
        ('to = ["director"]\nescalate = [{ at = "0d", to = ["head-of-unitt"] }]', "head-of-unit"),
        ('to = ["director"]\ncloses_on = ["document:art100-leter"]', "document:art100-letter"),
    ],
)
def test_slips_in_rules_are_faults(named, home, given, meant):
    closes = "" if "closes_on" in given else 'closes_on = ["document:letter"]\n'
    (home / "rules").mkdir()
    (home / "rules" / "own.toml").write_text(
        f'[rule.own]\ntitle = "T"\nnorm = "policy"\nwhy = "w"\nremind = ["0d"]\n{closes}{given}\n'
        '[rule.own.due]\nanchor = "valid_until"\n'
    )
    for command in (("validate",), ("whatif", "--rules", "rules", "--from", "2021-03-01", "--to", "2021-03-02")):
        answer = named(*command)
        assert (answer.code, f"Did you mean {meant}?" in told(answer)) == (3, True), told(answer)


def test_what_stands_already_is_left_alone(named, home):
    """A person who has left the configuration keeps the entry; other fields of it can be corrected."""
    named("add", "m-x", "--kind", "mandate", "--title", "T", "--set", "owner=sanne", "--yes")
    config = home / "config.toml"
    config.write_text(config.read_text().replace(PEOPLE, ""))
    assert named("correct", "m-x", "title=U", "--yes").code == 0
    assert named("show", "m-x").code == 0
