"""A desk for each test."""

import pytest
from desk_of_two import Desk


@pytest.fixture
def desk(tmp_path):
    """The desk on Monday 4 January 2021, after the slot."""
    made = Desk(tmp_path)
    yield made
    made.app.close()
