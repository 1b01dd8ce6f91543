"""No file of the program is too long to be read at once (CONTRIBUTING.md, style)."""

from facts import ROOT

LONGEST = 300


def test_no_file_is_longer_than_300_lines():
    """The modules of the program and the second planner have at most 300 lines each."""
    files = [*(ROOT / "monitor").rglob("*.py"), ROOT / "tests" / "differential" / "planner.py"]
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}
