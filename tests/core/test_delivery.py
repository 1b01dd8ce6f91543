"""When a message is tried again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.delivery.retry import BACK_OFF, next_try

NOW = datetime(2021, 3, 26, 7, 0, tzinfo=UTC)
ATTEMPTS = st.integers(min_value=1, max_value=10_000)
JITTER = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(ATTEMPTS, JITTER, st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_a_failed_attempt_moves_the_next_one_forward(attempts, jitter, now):
    """After a failed attempt the next one lies later."""
    assert next_try(attempts, now, jitter) >= now + timedelta(minutes=1)


@given(ATTEMPTS, JITTER)
def test_the_pause_never_shrinks(attempts, jitter):
    """The pause does not get shorter from one attempt to the next."""
    assert next_try(attempts + 1, NOW, jitter) >= next_try(attempts, NOW, jitter)


@given(ATTEMPTS, JITTER)
def test_jitter_delays_by_less_than_a_quarter(attempts, jitter):
    """Jitter delays an attempt by less than a quarter of the pause."""
    plain = next_try(attempts, NOW, 0) - NOW
    assert plain <= next_try(attempts, NOW, jitter) - NOW <= plain * 1.25


def test_messages_that_failed_together_are_spread():
    """Two messages that failed at the same time are not tried again at the same time."""
    assert next_try(5, NOW, 0.1) != next_try(5, NOW, 0.9)


def test_attempts_begin_within_minutes_and_last_for_days():
    """The first attempts follow within minutes, the later ones over days."""
    at, tries = NOW, []
    for attempts in range(1, 31):
        at = next_try(attempts, at, 0)
        tries.append(at - NOW)
    assert tries[:3] == [timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=8)]
    assert tries[8] < timedelta(days=1) and timedelta(days=3) < tries[-1] < timedelta(days=5)


def test_a_relay_that_is_back_is_found_within_five_hours():
    """A relay that works again is tried within five hours, however long it was down."""
    assert next_try(10_000, NOW, 0.999) - NOW <= timedelta(hours=5)


def test_no_attempt_yet_waits_the_shortest_pause():
    """Without an attempt on record the pause is the shortest, not the longest."""
    assert next_try(0, NOW, 0) == NOW + BACK_OFF[0]


def test_the_pause_is_reckoned_in_instants():
    """The pause is reckoned in instants, across the hour that spring skips."""
    before = datetime(2021, 3, 28, 0, 59, tzinfo=UTC)  # 01:59 in Amsterdam, a minute before the change
    assert next_try(2, before, 0) == datetime(2021, 3, 28, 1, 1, tzinfo=UTC)
