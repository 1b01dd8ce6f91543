"""Real relays on loopback for the tests of the post."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/relay.py serves the tests of several parts
from authority import Authority
from relay import TestRelay


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """The certificate authority that the tests' clients trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def start_relay():
    """Starts test relays (arguments as for TestRelay) and stops them after the test."""
    with ExitStack() as running:
        yield lambda **terms: running.enter_context(TestRelay(**terms))


@pytest.fixture
def relay(start_relay):
    """A plain relay that takes everything."""
    return start_relay()
