"""The user's folder comes first: whole rules win by id and keep their place, switches switch, numbers change."""

from reference_rules import REFERENCE


def ids(book):
    return [rule.id for rule in book.rules]


def named(book, id):
    return next(rule for rule in (*book.rules, *book.system) if rule.id == id)


def test_a_rule_of_the_same_id_takes_the_place_of_the_shipped(own):
    path = own.write(own.rule("art100-debate"))
    book = own.load()
    assert ids(book) == list(REFERENCE)
    assert named(book, "art100-debate").heading("nl") == "A letter"
    assert named(book, "art100-debate").cc == ()
    assert named(book, "art100-debate").source == str(path)


def test_new_rules_follow_the_shipped_by_file(own):
    own.write(own.rule("zeta") + own.rule("alpha"), "a.toml")
    own.write(own.rule("beta"), "b.toml")
    assert ids(own.load()) == [*REFERENCE, "zeta", "alpha", "beta"]


def test_two_lines_switch_a_rule_off_and_leave_it_listed(own):
    path = own.write("[rule.art100-debate]\nenabled = false\n")
    rule = named(own.load(), "art100-debate")
    assert (rule.enabled, rule.source) == (False, str(path))
    assert rule.remind


def test_a_switch_for_an_unknown_rule_names_the_nearest(own):
    own.write("[rule.art100-debat]\nenabled = false\n")
    assert "Did you mean art100-debate?" in own.fault().what


def test_a_system_rule_cannot_be_switched_off(own):
    own.write("[system.unverified-entry]\nenabled = false\n")
    fault = own.fault()
    assert (fault.line, fault.what) == (2, "A system rule cannot be switched off.")


def test_a_system_rule_is_no_rule_that_could_be_replaced(own):
    own.write("[rule.unverified-entry]\nenabled = false\n")
    assert "system rule" in own.fault().what


def test_only_numbers_and_telling_of_a_system_rule_change(own):
    own.write('[system.unverified-entry]\nafter = "+1y"\n')
    rule = named(own.load(), "unverified-entry")
    assert (str(rule.after), str(rule.every), rule.to) == ("+1y", "+1m", "owner")
    assert rule.tell == "overview"
    own.write('[system.unverified-entry]\ntell = "mail"\n')
    assert named(own.load(), "unverified-entry").tell == "mail"
    own.write('[system.unverified-entry]\nto = "operator"\n')
    assert own.fault().key == "system.unverified-entry.to"


def test_a_rule_of_one_s_own_may_wait_for_the_overview(own):
    """By default it is mailed; another word is a fault with what is accepted."""
    own.write(own.rule("alpha"))
    assert named(own.load(), "alpha").tell == "mail"
    own.write(own.rule("alpha") + 'tell = "overview"\n')
    assert named(own.load(), "alpha").tell == "overview"
    own.write(own.rule("alpha") + 'tell = "weekly"\n')
    assert own.fault().key == "rule.alpha.tell"


def test_own_defaults_are_in_force_for_own_rules_only(own):
    """Key by key; the shipped rules keep the shipped defaults."""
    own.write('[defaults]\noverdue = ["+2bd"]\nroll = "following"\n' + own.rule())
    book = own.load()
    rules = [named(book, id) for id in ("own", "art100-debate")]
    assert [(tuple(map(str, rule.overdue)), str(rule.overdue_every), rule.due.roll) for rule in rules] == [
        (("+2bd",), "+5bd", "following"), (("+1bd", "+3bd", "+5bd"), "+5bd", "preceding"),
    ]  # fmt: skip


def test_a_rule_may_stop_after_its_last_step(own):
    own.write('[defaults]\noverdue_every = "never"\n' + own.rule())
    assert (len(named(own.load(), "own").overdue), named(own.load(), "own").overdue_every) == (3, None)


def test_a_rule_that_is_silent_after_its_due_day_repeats_nothing(own):
    own.write(own.rule(overdue="[]"))
    assert (named(own.load(), "own").overdue, named(own.load(), "own").overdue_every) == ((), None)


def test_a_rule_may_mail_to_roles_and_to_persons(own):
    """A role of the configuration, a person and a role of a shipped rule."""
    own.write(own.rule(to='["operator", "sanne", "director-general"]'))
    assert named(own.load(), "own").to == ("operator", "sanne", "director-general")


def test_without_a_configuration_any_role_and_type_is_accepted(own):
    """They must have the right form."""
    own.write(own.rule(to='["harbour-master"]', closes_on='["document:permit-letter"]'))
    assert named(own.load(roles=None, event_types=None), "own").to == ("harbour-master",)
    own.write(own.rule(to='["Harbour Master"]'))
    assert own.fault(roles=None).key == "rule.own.to.0"


def test_a_folder_with_a_file_of_comments_alone_changes_nothing(own):
    own.write("# nothing yet\n")
    assert ids(own.load()) == list(REFERENCE)


def test_other_files_and_hidden_ones_are_left_alone(own):
    own.write("no toml", "README.md")
    own.write("no toml", ".own.toml")
    assert ids(own.load()) == list(REFERENCE)
