"""A user's letter that never ends, or takes everything: the shipped one goes, and the operator reads where it was."""

import gc
import os
import signal
import threading
from pathlib import Path

import pytest
from letter_examples import MAY_12, RUTH, SANNE, TEMPLATES, golden_may, notice

from monitor.mail.letters.check import check_letters
from monitor.mail.letters.letters import GIVEN_UP, Letters

LOOPS = "{% for b in range(99999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}"
NESTED = f"{{% for a in range(9999) %}}\n{LOOPS}{{% endfor %}}"
ENDLESS = {
    "nested loops": f"a\n{NESTED}",
    "a power in C": "a\n{{ 9 ** (9 ** 9) }}",
    "a power worked out early": "a\n{% if 9 ** (9 ** 9) > 3 %}b{% endif %}",
    "macros that call themselves": (
        "a\n{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(90) }}"
    ),
    "a list looked through": "a\n{{ (range(99999) | list * 99) | select('in', range(99999) | list) | list | length }}",
    "one line broken up": "a\n{{ ('a' * 9000000) | wordwrap(1) }}",
}
LARGE = {
    "a text multiplied": "a\n{{ 'x' * 3000000000 }}",
    "a text kept": "a\n{% set y = 'x' * 3000000000 %}",
    "a filter's width": "a\n{{ 'x' | center(10 ** 9) }}",
    "a method's width": "a\n{{ 'x'.ljust(10 ** 9) }}",
    "a format": "a\n{{ '%1000000000d' % 1 }}",
    "a format method": "a\n{{ '{:1000000000}'.format(1) }}",
    "tabs": "a\n{{ '\\t'.expandtabs(2000000000) }}",
    "a giant join": "a\n{{ range(99999) | join('x' * 99999) }}",
    "a replacement": "a\n{{ ('a' * 99999) | replace('a', 'b' * 99999) }}",
    "a text doubled": "a\n{% set n = namespace(x='xx') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "a list doubled": "a\n{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "a batch filled up": "a\n{{ [1] | batch(1000000000, 'x') | list | length }}",
}
LONG = "a\n{% for a in range(9999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}"
DEEP = {
    "a letter in itself": ("a\n{% include 'reminder/body.txt' %}", "body.txt:2: "),
    "a macro in itself": ("a\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "body.txt:2: "),
    "too many brackets": ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "body.txt: "),
    "too many blocks": ("{% if 1 %}" * 300 + "{% endif %}" * 300, "body.txt: "),
}


@pytest.fixture(autouse=True)
def by_processor_time(monkeypatch):
    """The limit by the clock does not race that of two seconds of processor time, which a busy machine gives late."""
    monkeypatch.setattr("monitor.mail.letters.process.WALL", 3600)


@pytest.fixture
def own(tmp_path):
    """The user's folder, with a letter under way."""
    folder = tmp_path / "brieven é"
    (folder / "reminder").mkdir(parents=True)
    return folder


def replaced(own, content, file="reminder/body.txt"):
    """Why the shipped letter goes, which must be whole."""
    (own / file).write_text(content, encoding="utf-8")
    rendered = Letters([own, TEMPLATES]).render("reminder", "nl", digest=golden_may())
    shipped = Letters([TEMPLATES]).render("reminder", "nl", digest=golden_may())
    assert (rendered.subject, rendered.text, rendered.html) == (shipped.subject, shipped.text, shipped.html)
    return rendered.replaced


@pytest.mark.parametrize("content", ENDLESS.values(), ids=ENDLESS)
def test_a_letter_that_does_not_end_is_replaced(own, content):
    line = 3 if content == ENDLESS["nested loops"] else 2
    assert f"{own}/reminder/body.txt:{line}: The letter takes more than 2 seconds of processor" in replaced(
        own, content
    )


@pytest.mark.parametrize("content", LARGE.values(), ids=LARGE)
def test_a_letter_that_takes_all_memory_is_replaced(own, content):
    assert f"{own}/reminder/body.txt:2: The letter takes more than 256 MB of memory." in replaced(own, content)


@pytest.mark.parametrize(("content", "told"), DEEP.values(), ids=DEEP)
def test_a_letter_too_deep_is_replaced(own, content, told):
    assert f"{told}Maximum recursion depth exceeded" in replaced(own, content)


def test_a_letter_that_grows_is_stopped_where_it_grows(own):
    assert f"{own}/reminder/body.txt:2: This part of the letter is longer than 1,000,000" in replaced(own, LONG)


def test_styles_of_a_large_page_are_counted_too(own):
    """Written into the elements they make a page twenty times as long."""
    page = "<style>.chip b { color: red; background-color: #ffffff; font-weight: 600 }</style>"
    told = replaced(own, page + "<p class='chip'><b>x</b></p>" * 30_000, "reminder/body.html")
    assert f"{own}/reminder/body.html: This part of the letter is longer than 1,000,000 characters." in told


def test_a_device_in_place_of_a_letter_is_a_large_file(own):
    (own / "reminder/body.txt").symlink_to("/dev/zero")
    told = Letters([own, TEMPLATES]).render("reminder", "nl", digest=golden_may()).replaced
    assert "body.txt: The file cannot be read: File too large." in told


@pytest.mark.parametrize("content", ['x = "\n', "x = " + "[" * 100_000, 'a.b = "c"\n' * 2])
def test_sentences_are_read_within_the_budget_too(own, content):
    (own / "reminder/nl.toml").write_text(content, encoding="utf-8")
    faults = check_letters(Letters([own, TEMPLATES]))
    assert faults and {fault.file for fault in faults} == {f"{own}/reminder/nl.toml"}


def test_a_letter_over_its_budget_is_not_tried_for_ever(own):
    """A thousand mails would take as many times two seconds."""
    (own / "reminder/body.txt").write_text(NESTED)
    (own / "notice").mkdir()
    (own / "notice/body.txt").write_text("Mijn eigen bericht")
    letters = Letters([own, TEMPLATES])
    asked = count_starts(letters)
    told = {letters.render("reminder", "nl", digest=golden_may()).replaced for _ in range(20)}
    assert len(told) == 1 and "body.txt:2: " in told.pop()
    assert len(asked) == GIVEN_UP
    assert letters.render("notice", "nl", notice=notice()).text == "Mijn eigen bericht\n"


def count_starts(letters):
    """The requests that its process gets."""
    kept, ask = [], letters.own.ask
    letters.own.ask = lambda request: kept.append(request) or ask(request)
    return kept


def test_a_check_ends_although_no_letter_does(own):
    """A loop in the frame of all letters: two of them go over their budget, at the same place."""
    (own / "shell.txt").write_text(f"\n{NESTED}")
    letters = Letters([own, TEMPLATES])
    asked = count_starts(letters)
    (fault,) = check_letters(letters)
    assert (fault.file, fault.line) == (f"{own}/shell.txt", 3)
    assert len(asked) == 2


def test_a_fault_beside_an_endless_letter_is_told_too(own):
    (own / "reminder/body.txt").write_text(NESTED)
    (own / "test").mkdir()
    (own / "test/body.txt").write_text("\n\n{{ nothing }}")
    found = {(fault.file, fault.line) for fault in check_letters(Letters([own, TEMPLATES]))}
    assert {(f"{own}/reminder/body.txt", 2), (f"{own}/test/body.txt", 3)} <= found


def test_letters_of_several_threads_do_not_mix(own):
    (own / "test").mkdir()
    (own / "test/body.txt").write_text("Dag {{ person.name }}")
    letters, wrong = Letters([own, TEMPLATES]), []

    def write(name):
        for _ in range(30):
            text = letters.render(
                "test", "nl", person=type(SANNE)(id="x", name=name, address="x@y.nl"), day=MAY_12
            ).text
            wrong.extend([] if text == f"Dag {name}\n" else [text])

    threads = [threading.Thread(target=write, args=(name,)) for name in ("An", "Bo", "Cas")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_process_that_was_ended_is_started_again(own):
    """By the system for its memory, or by hand: the letter under way is the shipped one, the next is the user's."""
    (own / "test").mkdir()
    (own / "test/body.txt").write_text("Mijn eigen")
    letters = Letters([own, TEMPLATES])
    assert letters.render("test", "nl", person=SANNE, day=MAY_12).text == "Mijn eigen\n"
    running = letters.own._running
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    assert "ended by signal 9" in letters.render("test", "nl", person=SANNE, day=MAY_12).replaced
    assert letters.render("test", "nl", person=SANNE, day=MAY_12).text == "Mijn eigen\n"


def test_an_interrupted_letter_is_not_the_next_one(own, monkeypatch):
    """Ctrl-C while the process was asked: what it answers to that belongs to another mail."""
    (own / "test").mkdir()
    (own / "test/body.txt").write_text("Dag {{ person.name }}")
    letters = Letters([own, TEMPLATES])
    letters.own._begin()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("monitor.mail.letters.process._Running.receive", interrupted)
        letters.render("test", "nl", person=RUTH, day=MAY_12)
    assert letters.render("test", "nl", person=SANNE, day=MAY_12).text == "Dag Sanne de Vries\n"


def interrupted(running):
    raise KeyboardInterrupt


def test_a_signal_to_stop_ends_no_letter(own):
    """A service that is stopped finishes its check; systemd signals all of its processes."""
    (own / "test").mkdir()
    (own / "test/body.txt").write_text("Mijn eigen")
    letters = Letters([own, TEMPLATES])
    letters.render("test", "nl", person=SANNE, day=MAY_12)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        letters.own._running.process.send_signal(number)
        assert letters.render("test", "nl", person=SANNE, day=MAY_12).text == "Mijn eigen\n"


def test_the_process_ends_with_the_letters(own):
    (own / "test").mkdir()
    (own / "test/body.txt").write_text("Mijn eigen")
    letters = Letters([own, TEMPLATES])
    letters.render("test", "nl", person=SANNE, day=MAY_12)
    process = letters.own._running.process
    del letters
    gc.collect()
    assert process.returncode == -signal.SIGKILL


def test_a_letter_that_waits_is_ended_by_the_clock(own, monkeypatch):
    """A process that stopped, as a debugger leaves it, takes no processor time."""
    monkeypatch.setattr("monitor.mail.letters.process.WALL", 1)
    (own / "test").mkdir()
    (own / "test/body.txt").write_text("Mijn eigen")
    letters = Letters([own, TEMPLATES])
    letters.own._begin()
    letters.own._running.process.send_signal(signal.SIGSTOP)
    assert "The letter is not ready after" in letters.render("test", "nl", person=SANNE, day=MAY_12).replaced


def test_where_no_process_can_be_started_the_shipped_letter_goes(own, monkeypatch):
    monkeypatch.setattr("sys.executable", str(own / "no-python"))
    told = replaced(own, "x")
    assert "Letters cannot be rendered: No such file or directory." in told


def test_shipped_letters_start_no_process(tmp_path):
    (tmp_path / "templates").mkdir()
    letters = Letters([tmp_path / "templates", TEMPLATES])
    letters.render("reminder", "nl", digest=golden_may())
    assert letters.own is None and check_letters(letters) == []


def test_the_process_has_no_password_of_ours(own, monkeypatch):
    """The database's URL may hold one."""
    monkeypatch.setenv("MONITOR_DATABASE__URL", "postgresql://x:secret@localhost/x")
    (own / "reminder/body.txt").write_text("x")
    letters = Letters([own, TEMPLATES])
    letters.render("reminder", "nl", digest=golden_may())
    assert b"secret" not in Path(f"/proc/{letters.own._running.process.pid}/environ").read_bytes()
