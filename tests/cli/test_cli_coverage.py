"""`validate --coverage`: what no reminder covers, in groups, as JSON, and as an exit code for who asks for it."""

from __future__ import annotations

import pytest

from monitor.cli.boundary import Exit


@pytest.fixture
def uncovered(cli):
    """A contribution whose procedure is written wrongly, beside one that is well."""
    for id, procedure in (("c-well", "art100"), ("c-slip", "art-100")):
        cli("add", id, "--kind", "contribution", "--title", "Unit", "--valid-until", "2022-12-31",
            "--set", f"procedure={procedure}", "--set", "size=large", "--yes")  # fmt: skip
    return cli


def test_gaps_are_told_in_groups_and_are_no_faults(uncovered):
    found = uncovered("validate", "--coverage")
    assert found.code == Exit.WELL
    head, _, told = found.out.partition("Coverage: 1 gap.")
    assert "No faults" in head
    assert " ".join(told.split()).startswith("Entries No rule watches c-slip: art100-extension-letter is only about")
    assert "To know" in told and "there is no commitment" in told


def test_coverage_comes_with_validate_and_can_be_left_out(uncovered):
    found = uncovered("validate")
    assert (found.code, "Coverage: 1 gap." in found.out) == (Exit.WELL, True)
    assert "Coverage" not in uncovered("validate", "--no-coverage").out


def test_without_a_database_plain_validate_says_why(uncovered, home):
    config = home / "config.toml"
    config.write_text(config.read_text() + '\n[database]\nurl = "sqlite:////nowhere/at/all.db"\n')
    found = uncovered("validate", "--no-coverage")
    assert (found.code, "Coverage" in found.out) == (Exit.WELL, False)
    found = uncovered("validate")
    assert (found.code, "Coverage: not examined." in found.out) == (Exit.WELL, True)
    assert "coverage_not_looked_at" in uncovered("validate", "--json").json


def test_doctor_tells_each_gap_with_what_to_do(uncovered):
    found = uncovered("doctor", "--json").json["checks"]
    (gap,) = (each for each in found if each["check"] == "coverage")
    assert gap["level"] == "warning"
    assert gap["found"].startswith("No rule watches c-slip: ") and "monitor explain c-slip" in gap["do"]
    uncovered("correct", "c-slip", "procedure=art100", "--yes")
    found = uncovered("doctor", "--json").json["checks"]
    assert [each["level"] for each in found if each["check"] == "coverage"] == ["ok"]


def test_a_gap_has_an_exit_code_for_who_asks_for_it(uncovered):
    assert uncovered("validate", "--strict").code == Exit.GAPS == 1
    uncovered("correct", "c-slip", "procedure=art100", "--yes")
    found = uncovered("validate", "--strict")
    assert (found.code, "Coverage: no gaps." in found.out) == (Exit.WELL, True)


def test_as_json_each_gap_has_its_key_and_what_it_concerns(uncovered):
    gaps = uncovered("validate", "--coverage", "--json").json["coverage"]
    (gap,) = (gap for gap in gaps if not gap["note"])
    assert gap["key"] == "unreached contribution art100-extension-letter (procedure art-100)"
    assert (gap["kind"], gap["concerns"], gap["count"]) == ("unreached", ["c-slip"], 1)


def test_coverage_of_rules_that_are_tried(uncovered, home):
    """validate --rules reports the coverage under rules that are not in force."""
    tried = home / "tried"
    tried.mkdir()
    (tried / "off.toml").write_text(
        "[rule.art100-extension-letter]\nenabled = false\n[rule.art100-debate]\nenabled = false\n"
    )
    found = uncovered("validate", "--coverage", "--rules", str(tried))
    assert "c-well" in found.out.partition("Coverage")[2]


def test_faults_come_before_any_coverage(uncovered, home):
    (home / "rules").mkdir(exist_ok=True)
    (home / "rules" / "own.toml").write_text("[rule.x]\nenabled = 3\n")
    found = uncovered("validate", "--strict")
    assert (found.code, "Coverage" in found.out) == (Exit.COULD_NOT_TELL, False)


def test_a_database_that_cannot_be_opened_could_not_tell(uncovered, home):
    config = home / "config.toml"
    config.write_text(config.read_text() + '\n[database]\nurl = "sqlite:////nowhere/at/all.db"\n')
    assert uncovered("validate", "--coverage").code == Exit.COULD_NOT_TELL
