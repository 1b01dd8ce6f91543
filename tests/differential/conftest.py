"""The number of registers is asked for by a variable that is no setting of the product."""

import pytest


@pytest.fixture(autouse=True)
def no_setting(monkeypatch):
    """The product refuses variables with its prefix that it does not know."""
    monkeypatch.delenv("MONITOR_DIFFERENTIAL", raising=False)
