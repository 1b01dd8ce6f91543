"""Each patch beside this file makes one mistake. Applied to a copy of the project, the test of its number must fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from facts import ROOT
from patience import LIMIT

HERE = Path(__file__).parent
PATCHES = sorted(HERE.glob("*.patch"))
COPIED = ("monitor", "rules", "templates", "tests", "pyproject.toml", "config.example.toml")
TESTS = re.findall(r"def (test_(\d\d[a-z]?)_\w+)", (HERE / "test_never_again.py").read_text(encoding="utf-8"))
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc", ".hypothesis")


def number_of(patch: Path) -> str:
    """05b of 05b-one-bad-letter.patch."""
    return patch.name.partition("-")[0]


def test_every_mistake_of_the_list_has_its_patch_and_its_test():
    numbers = [
        "01",
        "02",
        "03",
        "04",
        "05",
        "05b",
        "05c",
        "06",
        "07",
        "08",
        "09",
        "10",
        "11",
        "12",
        "14",
        "15",
        "15b",
        "16",
        "17",
        "17b",
        "18",
        "19",
        "19b",
    ]
    assert sorted(map(number_of, PATCHES)) == numbers
    assert sorted(number for _, number in TESTS) == numbers


@pytest.mark.parametrize("patch", PATCHES, ids=[patch.stem for patch in PATCHES])
def test_the_mistake_is_noticed(patch: Path, tmp_path: Path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in COPIED:
        source = ROOT / name
        shutil.copytree(source, copy / name, ignore=IGNORED) if source.is_dir() else shutil.copy(source, copy / name)
    applied = subprocess.run(["git", "apply", str(patch)], cwd=copy, capture_output=True, text=True)
    assert applied.returncode == 0, f"{patch.name} does not apply any more: {applied.stderr}"
    name = next(test for test, number in TESTS if number == number_of(patch))
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/mistakes/test_never_again.py::{name}"],
        cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    assert found.returncode == 1, f"{name} did not fail:\n{found.stdout[-2000:]}{found.stderr[-2000:]}"
    assert "1 failed" in found.stdout
