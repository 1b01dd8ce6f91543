"""The shipped rules mean exactly what the domain says, and every number has its reason."""

import json
import re
import tomllib

import jsonschema
import pytest
from msgspec.structs import asdict
from reference_rules import REFERENCE, SYSTEM

from monitor.settings.files.fields import Table
from monitor.settings.files.shipped import PACKAGE, shipped
from monitor.settings.rules import json_schemas
from monitor.settings.rules.load import load_rules
from monitor.settings.rules.schema import DefaultsTable

PACK_FILES = sorted(shipped("rules").glob("packs/*/pack.toml"))
RULE_FILES = sorted({*shipped("rules").glob("*.toml"), *shipped("rules").glob("packs/*/*.toml")} - {*PACK_FILES})
CALENDAR_FILES = sorted((shipped("rules") / "calendars").glob("*.toml"))


@pytest.fixture(scope="module")
def book():
    return load_rules([shipped("rules")], calendars={"nl-tweede-kamer"}, roles=(), event_types=())


def test_the_rules_are_in_the_order_that_sorts_reminders(book):
    assert [rule.id for rule in book.rules] == list(REFERENCE)


@pytest.mark.parametrize("id", REFERENCE)
def test_a_rule_means_what_the_domain_says(book, id):
    rule = next(rule for rule in book.rules if rule.id == id)
    assert {
        "select": {key: value for key, value in asdict(rule.select).items() if value not in ((), None)},
        "start": rule.due.anchor or rule.due.recur,
        "offset": str(rule.due.offset),
        "recess": rule.due.recess,
        "remind": tuple(map(str, rule.remind)),
        "to": rule.to,
        "cc": rule.cc,
        "closes_on": rule.closes_on,
        "norm": rule.norm,
        "escalate": tuple((str(step.at), step.to, step.unless_acknowledged) for step in rule.escalate),
        "undated_every": str(rule.due.undated_every) if rule.due.undated_every else None,
        "late": rule.late_on_registration,
    } == REFERENCE[id]


def test_the_defaults_of_every_rule_are_those_of_the_domain(book):
    for rule in book.rules:
        assert tuple(map(str, rule.overdue)) == ("+1bd", "+3bd", "+5bd")
        assert str(rule.overdue_every) == "+5bd"
        assert (rule.due.roll, rule.parts, rule.catch_up, rule.enabled, rule.calendar) == (
            "preceding", False, True, True, None,
        )  # fmt: skip


def test_the_four_system_rules_are_there(book):
    assert {rule.id: (str(rule.after), str(rule.every), rule.to, rule.tell) for rule in book.system} == SYSTEM


def test_every_rule_has_a_title_in_both_languages_and_a_reason(book):
    for rule in (*book.rules, *book.system):
        assert set(rule.title) == {"nl", "en"}
        assert rule.title["nl"] != rule.title["en"]
        assert set(rule.why) == {"nl", "en"}
        assert all(len(reason) > 30 for reason in rule.why.values())


def test_the_reason_comes_in_the_readers_language(book):
    assert "sixteen weeks" in book.rules[0].reason("en")
    assert "zestien weken" in book.rules[0].reason("nl")


def test_every_ladder_and_escalation_has_a_source():
    for path in RULE_FILES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.match(r"(remind|escalate) = ", line):
                assert re.search(r"# (policy|practice|agreement|statutory)", line), f"{path}:{number}"


def test_the_shipped_defaults_are_those_of_the_loader():
    said = tomllib.loads((shipped("rules") / "00-defaults.toml").read_text(encoding="utf-8"))["defaults"]
    assert set(said) == set(DefaultsTable.model_fields)
    assert DefaultsTable(**said) == DefaultsTable()


@pytest.mark.parametrize(("path", "schema"), [
    *((path, "rules.schema.json") for path in RULE_FILES), *((path, "calendar.schema.json") for path in CALENDAR_FILES),
    *((path, "pack.schema.json") for path in PACK_FILES),
], ids=lambda value: getattr(value, "name", ""))  # fmt: skip
def test_every_shipped_file_fits_its_schema(path, schema):
    rules = json.loads((PACKAGE / "settings" / "rules" / schema).read_text(encoding="utf-8"))
    as_json = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules, format_checker=jsonschema.FormatChecker()).validate(as_json)


@pytest.mark.parametrize("broken", [
    {"rule": {"x": {"enabled": "no"}}}, {"rules": {}}, {"rule": {"X": {"enabled": True}}}, {"system": {"other": {}}},
    {"defaults": {"overdue": ["5 days"]}},
])  # fmt: skip
def test_the_schema_refuses_what_the_loader_refuses(broken):
    schema = json.loads((PACKAGE / "settings" / "rules" / "rules.schema.json").read_text(encoding="utf-8"))
    assert not jsonschema.Draft202012Validator(schema).is_valid(broken)


@pytest.mark.parametrize("name", json_schemas.FILES)
def test_the_schema_in_the_package_is_the_one_the_tables_make(name):
    assert (PACKAGE / "settings" / "rules" / name).read_text(encoding="utf-8") == json_schemas.text(
        json_schemas.FILES[name]
    )


def test_every_key_of_every_table_is_closed():
    def tables(kind):
        yield kind
        for below in kind.__subclasses__():
            yield from tables(below)

    assert all(table.model_config["extra"] == "forbid" for table in tables(Table))
