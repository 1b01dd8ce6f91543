"""What is in force becomes one text with one hash, whoever reads it on whichever machine."""

import json

import pytest
from msgspec.structs import replace

from monitor.core.errors import Faults, Unavailable
from monitor.core.model.policy import Limits
from monitor.settings.config.in_force import fingerprint, in_force, judged_with, policy_of
from monitor.settings.config.load import load_config
from monitor.settings.config.recipients import people_of
from monitor.settings.files.shipped import PACKAGE, shipped


def in_force_of(config, rules=None):
    return in_force(policy_of(config, rules=rules), people_of(config))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.toml").write_text(
        '[people.a]\nname = "A"\naddress = "a@example.org"\nroles = ["operator"]\n', encoding="utf-8"
    )
    (tmp_path / "rules").mkdir()
    return tmp_path


def test_the_limits_are_the_cores_own_by_default():
    assert policy_of(load_config(shipped("config.example.toml"), {})).limits == Limits()


def test_the_same_files_elsewhere_have_the_same_hashes(folder, tmp_path_factory):
    copy = tmp_path_factory.mktemp("elsewhere")
    (copy / "config.toml").write_text((folder / "config.toml").read_text())
    for where in (folder, copy):
        (where / "rules").mkdir(exist_ok=True)
        (where / "rules" / "own.toml").write_text("[rule.art100-debate]\nenabled = false\n")
    one, two = in_force_of(load_config(folder / "config.toml", {})), in_force_of(load_config(copy / "config.toml", {}))
    assert one == two
    assert set(one) == {"rules", "calendars", "people", "limits"}
    assert all(json.loads(content) for _, content in one.values())


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ('[limits]\nreminders_per_check = 9\n', "limits"), ('[register]\nsend_at = "09:00"\n', "limits"),
        ('[register.kinds]\npermit = "period"\n', "limits"), ('[holders.tag.x]\ndirector = ["a"]\n', "people"),
    ],
)  # fmt: skip
def test_each_change_changes_its_own_part_alone(folder, change, part):
    path = folder / "config.toml"
    before = in_force_of(load_config(path, {}))
    path.write_text(path.read_text() + change)
    after = in_force_of(load_config(path, {}))
    assert [name for name in before if before[name] != after[name]] == [part]


def test_a_rule_and_a_recess_change_theirs(folder):
    before = in_force_of(load_config(folder / "config.toml", {}))
    (folder / "rules" / "own.toml").write_text("[rule.commitment]\nenabled = false\n")
    config = load_config(folder / "config.toml", {})
    assert [name for name, kept in in_force_of(config).items() if kept != before[name]] == ["rules"]
    policy = policy_of(config)
    calendar = policy.calendars.named(None)
    moved = replace(calendar, recesses=calendar.recesses[:-1])
    assert fingerprint(moved) != fingerprint(calendar)


def test_asking_a_calendar_for_days_does_not_change_its_hash(folder):
    calendar = policy_of(load_config(folder / "config.toml", {})).calendars.named(None)
    before = fingerprint(calendar)
    calendar.horizon and calendar.is_business_day(calendar.horizon)
    assert fingerprint(calendar) == before


def test_faults_of_rules_and_calendars_come_together(folder):
    """An unknown default calendar is among them."""
    path = folder / "config.toml"
    path.write_text('[register]\ncalendar = "nl-twede-kamer"\n' + path.read_text())
    (folder / "rules" / "own.toml").write_text("[rule.art100-debat]\nenabled = false\n")
    with pytest.raises(Faults) as caught:
        policy_of(load_config(path, {}))
    assert [(fault.key, fault.line) for fault in caught.value.faults] == [
        ("register.calendar", 2), ("rule.art100-debat", 1),
    ]  # fmt: skip


def test_a_declared_event_type_may_close_a_rule(folder):
    """It is declared in the configuration."""
    path, rules = folder / "config.toml", folder / "rules" / "own.toml"
    rules.write_text(
        '[rule.permit]\ntitle = "Renew"\nnorm = "statutory"\nwhy = "The act says so."\nselect = { kind = ["permit"] }\n'
        'due = { anchor = "valid_until" }\nremind = ["0d"]\nto = ["operator"]\n'
        'closes_on = ["document:permit-renewal"]\n'
    )
    with pytest.raises(Faults) as caught:
        policy_of(load_config(path, {}))
    assert {fault.key for fault in caught.value.faults} == {"rule.permit.select.kind.0", "rule.permit.closes_on.0"}
    declared = '[register]\nevent_types = ["document:permit-renewal"]\nkinds = { permit = "period" }\n'
    path.write_text(declared + path.read_text())
    policy = policy_of(load_config(path, {}))
    assert (policy.rules.rules[-1].id, policy.kinds) == ("permit", {"permit": "period"})


def test_rules_of_the_command_line_replace_the_users(folder, tmp_path_factory):
    """The shipped rules stay."""
    other = tmp_path_factory.mktemp("other")
    (other / "x.toml").write_text("[rule.commitment]\nenabled = false\n")
    (folder / "rules" / "own.toml").write_text("[rule.art100-debate]\nenabled = false\n")
    rules = policy_of(load_config(folder / "config.toml", {}), rules=other).rules.rules
    assert [rule.id for rule in rules if not rule.enabled] == ["commitment"]


def test_shipped_files_of_a_checkout_or_a_wheel():
    """A checkout has them at its root."""
    assert shipped("rules") in (PACKAGE / "_data" / "rules", PACKAGE.parent / "rules")
    assert (shipped("rules") / "calendars").is_dir()


def test_what_was_in_force_is_read_back_as_it_was(folder):
    (folder / "config.toml").write_text(
        (folder / "config.toml").read_text() + '[limits]\noverdue_limit = "10w"\n[register]\nsend_at = "09:30"\n'
        'overview_day = "none"\n[register.kinds]\npermit = "period"\n[holders.tag.x]\ndirector = ["a"]\n'
    )
    kept = in_force_of(load_config(folder / "config.toml", {}))
    policy, people = judged_with({kind: content for kind, (_, content) in kept.items()})
    assert in_force(policy, people) == kept
    original = policy_of(load_config(folder / "config.toml", {}))
    bare = replace(original.rules, rules=tuple(replace(rule, source="", pack="") for rule in original.rules.rules),
                   system=tuple(replace(rule, source="") for rule in original.rules.system))  # fmt: skip
    assert policy == replace(original, rules=bare) and policy.overview_day is None


@pytest.mark.parametrize("part", ["rules", "calendars", "people", "limits"])
def test_what_another_version_kept_is_refused_in_a_sentence(folder, part):
    kept = {kind: content for kind, (_, content) in in_force_of(load_config(folder / "config.toml", {})).items()}
    for content in ('{"other": 1}', "not json", "[]"):
        with pytest.raises(Unavailable, match="cannot be read by this version"):
            judged_with({**kept, part: content})
    del kept[part]
    with pytest.raises(Unavailable):
        judged_with(kept)


def test_rules_on_trial_come_before_the_users(folder, tmp_path_factory):
    """The user's own stay in force."""
    tried = tmp_path_factory.mktemp("tried")
    (tried / "x.toml").write_text("[rule.commitment]\nenabled = false\n")
    (folder / "rules" / "own.toml").write_text(
        "[rule.art100-debate]\nenabled = false\n[rule.commitment]\nenabled = true\n"
    )
    config = load_config(folder / "config.toml", {})
    rules = policy_of(config, before=tried).rules.rules
    assert [rule.id for rule in rules if not rule.enabled] == ["art100-debate", "commitment"]
    assert policy_of(config, before=folder / "rules") == policy_of(config), (
        "its own folder tried out is no second layer"
    )


def test_a_calendar_on_trial_replaces_its_namesake(folder, tmp_path_factory):
    tried = tmp_path_factory.mktemp("tried") / "nl-tweede-kamer.toml"
    tried.write_text('title = "No recess"\n')
    policy = policy_of(load_config(folder / "config.toml", {}), calendar=tried)
    assert policy.calendar().recesses == ()


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("nl-twede-kamer.toml", 'title = "x"\n', None, "Should it be named nl-tweede-kamer.toml?"),
        ("nl-tweede-kamer.toml", "titel = 'x'\n", 1, "Did you mean title?"),
        ("nl-tweede-kamer.toml", "title = \n", 1, "This is not TOML"),
    ],
)
def test_a_useless_or_broken_calendar_on_trial(folder, tmp_path_factory, name, text, line, words):
    """It is a fault of its file."""
    tried = tmp_path_factory.mktemp("tried") / name
    tried.write_text(text)
    with pytest.raises(Faults) as caught:
        policy_of(load_config(folder / "config.toml", {}), calendar=tried)
    assert caught.value.faults[0].file == str(tried)
    assert any(words in fault.what and fault.line == line for fault in caught.value.faults)
