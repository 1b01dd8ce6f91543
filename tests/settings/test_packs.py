"""Packs of rules: chosen by name, in order, with their kinds; a user's folder may bring or replace one."""

import shutil
import tomllib
from pathlib import Path

import pytest
from facts import pack_policy

from monitor.core.errors import Faults
from monitor.core.model.register import LIFECYCLES
from monitor.core.register.naming import roles_of
from monitor.settings.config.in_force import policy_of
from monitor.settings.config.load import load_config
from monitor.settings.files.shipped import shipped
from monitor.settings.rules.calendars import load_calendars
from monitor.settings.rules.packs import Pack, load_packs, others_kinds, pack_names

RULE = """[rule.{id}]
title = "A letter"
norm = "policy"
why = "A test."
{select}
due = {{ anchor = "valid_until" }}
remind = ["0d"]
to = ["{id}-officer"]
closes_on = ["document:{id}-letter"]
"""
LEASES = 'title = "Leases"\nwhat = "Cars."\n[kinds]\nlease = "period"\n'


@pytest.fixture
def house(tmp_path: Path):
    """A folder with a configuration; `pack` makes a pack of the user's, `policy` reads what is in force."""

    class House:
        folder = tmp_path

        def pack(self, name: str, text: str = LEASES, rules: str = "") -> Path:
            place = tmp_path / "rules" / "packs" / name
            place.mkdir(parents=True)
            (place / "pack.toml").write_text(text, encoding="utf-8")
            (place / "rules.toml").write_text(rules or RULE.format(id=name, select=""), encoding="utf-8")
            return place

        def policy(self, register: str):
            (tmp_path / "config.toml").write_text(f"[register]\n{register}\n", encoding="utf-8")
            return policy_of(load_config(tmp_path / "config.toml", {}))

        def fault(self, register: str):
            with pytest.raises(Faults) as caught:
                self.policy(register)
            [fault] = caught.value.faults
            return fault

    return House()


def test_mandates_are_the_pack_that_is_chosen_unless_told(house):
    """An installation without `packs` has the rules it had before there were packs."""
    policy = house.policy("")
    assert {rule.pack for rule in policy.rules.rules} == {"mandates"} and policy.kinds == {}
    assert policy == house.policy('packs = ["mandates"]')


def test_the_kinds_of_the_mandates_are_those_of_the_domain():
    [pack] = load_packs([shipped("rules")], ["mandates"])
    assert pack.kinds == LIFECYCLES and pack.calendar == "nl-tweede-kamer"


def test_another_pack_brings_no_rule_and_no_kind_of_mandates(house):
    house.pack("leases")
    policy = house.policy('packs = ["leases"]')
    assert [(rule.id, rule.pack) for rule in policy.rules.rules] == [("leases", "leases")]
    assert policy.kinds == {"lease": "period"} and len(policy.rules.system) == 4


def test_the_rules_come_in_the_order_of_the_packs(house):
    house.pack("leases")
    for packs, first in (('["leases", "mandates"]', "leases"), ('["mandates", "leases"]', "mandates")):
        rules = house.policy(f"packs = {packs}").rules.rules
        assert rules[0].pack == first and len({rule.pack for rule in rules}) == 2


def test_a_rule_of_any_kind_leaves_the_kinds_of_other_packs(house):
    """Vague dates of a mandate go to the policy officer; those of a lease are not asked of that role."""
    house.pack("leases")
    policy = house.policy('packs = ["mandates", "leases"]\nkinds = { own = "period" }')
    selected = {rule.id: rule.select.kind for rule in policy.rules.rules}
    assert selected["imprecise-date"] == (*LIFECYCLES, "own")
    assert selected["leases"] == ("lease", "own")


def test_a_user_replaces_or_switches_a_rule_of_a_pack_by_its_id(house):
    """The rule is still said to be of the pack, and read from the user's file."""
    own = house.folder / "rules" / "own.toml"
    own.parent.mkdir()
    switch, mine = "[rule.commitment]\nenabled = false\n", RULE.format(id="sub-authorisation", select="")
    own.write_text(switch + mine.replace("sub-authorisation-officer", "policy-officer"), encoding="utf-8")
    rules = {rule.id: rule for rule in house.policy('event_types = ["document:sub-authorisation-letter"]').rules.rules}
    for id in ("commitment", "sub-authorisation"):
        assert (rules[id].pack, rules[id].source) == ("mandates", str(own))
    assert not rules["commitment"].enabled and rules["sub-authorisation"].select.kind == ()


def test_a_pack_of_the_user_replaces_the_shipped_one_whole(house):
    house.pack("mandates", rules=RULE.format(id="mine", select=""))
    assert [rule.id for rule in house.policy("").rules.rules] == ["mine"]


def test_an_unknown_pack_is_a_fault_where_it_was_named(house):
    fault = house.fault('time_zone = "Europe/Amsterdam"\npacks = ["mandate"]')
    assert (fault.file, fault.line, fault.key) == (str(house.folder / "config.toml"), 3, "register.packs")
    assert "Did you mean mandates?" in fault.what and "mandates" in fault.accepted


@pytest.mark.parametrize(("text", "key"), [
    ('title = "x"\nwhat = "y"\n', "kinds"), ('title = "x"\nwhat = "y"\n[kinds]\n', "kinds"),
    ('title = "x"\nwhat = "y"\n[kinds]\nlease = "perod"\n', "kinds.lease"),
    ('titel = "x"\nwhat = "y"\n[kinds]\nlease = "period"\n', "titel"),
])  # fmt: skip
def test_a_pack_that_is_wrong_is_a_fault_at_its_key(house, text, key):
    place = house.pack("leases", text)
    with pytest.raises(Faults) as caught:
        house.policy('packs = ["leases"]')
    assert (str(place / "pack.toml"), key) in [(fault.file, fault.key) for fault in caught.value.faults]


def test_one_id_in_two_packs_is_a_fault(house):
    house.pack("leases", rules=RULE.format(id="commitment", select=""))
    with pytest.raises(Faults) as caught:
        house.policy('packs = ["mandates", "leases"]\nevent_types = ["document:commitment-letter"]')
    fault = caught.value.faults[-1]
    assert fault.key == "rule.commitment" and "60-commitments.toml" in fault.what


def test_every_folder_with_a_pack_file_is_a_pack(house):
    (house.pack("leases").parent / "empty").mkdir()
    assert pack_names([house.folder / "rules", shipped("rules")])[0] == "mandates"
    assert {"leases"} == {*pack_names([house.folder / "rules"])}


def test_a_kind_of_two_packs_belongs_to_both():
    one, two = (Pack(name=n, folder=Path(n), title={}, what={}, kinds=k) for n, k in (
        ("one", {"a": "period", "b": "period"}), ("two", {"b": "period"}),
    ))  # fmt: skip
    assert others_kinds([one, two], "two") == {"a"} and others_kinds([one, two], "one") == set()


def test_the_calendar_without_recess_closes_the_same_days():
    calendars = load_calendars([shipped("rules")], "nl-business-days")
    plain, parliament = calendars.by_id["nl-business-days"], calendars.by_id["nl-tweede-kamer"]
    assert plain.holidays == parliament.holidays and plain.weekend == parliament.weekend
    assert not plain.recesses and not plain.closed_days


def test_a_file_of_a_pack_is_among_the_files_that_are_watched(house):
    """A service takes an edited pack over as it does any other file."""
    place = house.pack("leases")
    house.policy('packs = ["leases"]')
    config = load_config(house.folder / "config.toml", {})
    policy_of(config)
    shutil.copy(place / "rules.toml", place / "more.toml")
    assert not config.files.same(config.files.again())


@pytest.mark.parametrize("name", pack_names([shipped("rules")]))
def test_a_shipped_pack_has_its_words_in_both_languages(name):
    """Types, roles and kinds are words in mails, and a rule has title and reason in both languages."""
    words = {}
    for language in ("nl", "en"):
        mails, notices = (
            tomllib.loads((shipped("templates") / place).read_text(encoding="utf-8"))
            for place in (f"{language}.toml", f"notice/{language}.toml")
        )
        words[language] = {**mails, "entry": notices["entry"]}
    [pack] = load_packs([shipped("rules")], [name])
    rules = [rule for rule in pack_policy(name).rules.rules if rule.pack == name]
    for language, table in words.items():
        assert {kind for kind in pack.kinds if kind not in table["entry"]} == set()
        assert {
            type for rule in rules for type in rule.closes_on if type.partition(":")[2] not in table["event"]
        } == set()
        assert {role for rule in rules for role in roles_of(rule) if role not in table["role"]} == set()
        assert all(language in found for rule in rules for found in (rule.title, rule.why))
        assert language in pack.title and language in pack.what


@pytest.mark.parametrize("name", ["contracts", "permits", "certificates", "insurances"])
def test_a_pack_besides_mandates_knows_no_recess(name):
    """No due day of it is provisional, and no notice about the calendar of parliament can come of it."""
    rules = pack_policy(name).rules.rules
    assert not [rule for rule in rules if rule.due.recess == "before" or rule.due.offset.unit == "kd"]
    assert not [rule for rule in rules if rule.pack == "mandates" or "contribution" in rule.select.kind]
