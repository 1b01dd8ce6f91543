"""The tests run the releases that an installation may have: requirements.lock has what pyproject.toml asks for."""

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUNTIME = [Requirement(text) for text in (*PROJECT["dependencies"], *EXTRAS["postgres"])]
ALL = [*RUNTIME, *(Requirement(text) for text in EXTRAS["dev"] if not text.startswith(PROJECT["name"]))]


def locked():
    """Name → release, of the lines for this machine."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.rstrip(" \\")) for line in lines if line and not line.startswith((" ", "#"))]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(default_environment())
    }


@pytest.mark.parametrize("wanted", ALL, ids=str)
def test_each_dependency_is_locked_within_its_bounds(wanted):
    """A release that the lock holds back is one that users do not get."""
    release = locked().get(canonicalize_name(wanted.name))
    assert release is not None, f"{wanted.name} is missing from requirements.lock"
    assert wanted.specifier.contains(release, prereleases=True)


def requirements(name):
    """What an installed distribution requires on this machine, without its extras."""
    return [
        wanted
        for wanted in map(Requirement, metadata.requires(name) or [])
        if wanted.marker is None or wanted.marker.evaluate({**default_environment(), "extra": ""})
    ]


def closure(wanted):
    """Names of these distributions and of all that they require."""
    found, left = set(), [canonicalize_name(each.name) for each in wanted]
    while left:
        name = left.pop()
        if name not in found and name in locked():
            found.add(name)
            left += [canonicalize_name(each.name) for each in requirements(name)]
    return found


def test_no_test_library_holds_back_one_of_the_product():
    """`holidays` allowed python-dateutil 2 only, so that the tests ran another release than users got."""
    runtime = closure(RUNTIME)
    bounds = [
        f"{name} requires {wanted}"
        for name in sorted(closure(ALL) - runtime)
        for wanted in requirements(name)
        if canonicalize_name(wanted.name) in runtime
        and any(one.operator not in (">", ">=", "!=") for one in wanted.specifier)
    ]
    assert not bounds
