"""The log: one line an event, whatever a value holds."""

import json
import logging

import pytest
import structlog

from monitor.journal import configure


@pytest.fixture(autouse=True)
def _put_back():
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:], logging.root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("format", ["console", "json"])
def test_replies_with_line_ends_and_colours_stay_on_one_line(capsys, format):
    configure("info", format)
    structlog.get_logger("monitor").error("relay_failed", reply="421-go\r\n421 away \x1b[31mred\n")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "\x1b" not in said and "421 away" in said


@pytest.mark.parametrize("format", ["console", "json"])
def test_a_traceback_is_one_line_too(capsys, format):
    configure("info", format)
    try:
        raise RuntimeError("odd")
    except RuntimeError:
        structlog.get_logger("monitor").exception("tick_failed")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "RuntimeError: odd" in said


@pytest.mark.parametrize("format", ["console", "json"])
def test_libraries_log_in_the_same_form(capsys, format):
    configure("info", format)
    logging.getLogger("apscheduler.scheduler").warning("skipped %s", "x")
    logging.getLogger("apscheduler.scheduler").info("not this")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "skipped x" in said and "apscheduler" in said
    if format == "json":
        assert json.loads(said)["level"] == "warning"


def test_a_level_leaves_out_what_is_below_it(capsys):
    configure("error", "json")
    structlog.get_logger("monitor").info("slot_checked")
    logging.getLogger("apscheduler").warning("skipped")
    assert capsys.readouterr().err == ""
