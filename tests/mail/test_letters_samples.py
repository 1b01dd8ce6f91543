"""The samples reach every branch, so that `validate` finds a typo under any of them."""

import re
import shutil

import pytest
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from letter_examples import TEMPLATES

from monitor.mail.letters.check import check_letters
from monitor.mail.letters.environment import letter_environment
from monitor.mail.letters.letter_set import LetterSet
from monitor.mail.letters.letters import Letters
from monitor.mail.letters.samples import samples
from monitor.mail.letters.texts import OPEN_TABLES, load_texts

# Tables of the notice whose sentences come as values with alerts, gaps and reasons: tests/test_languages.py says them.
AS_VALUES = (
    "what", "do", "blame", "held", "cause", "restored", "clock", "length", "fault", "import", "gap", "gap_do",
    "unreached", "asked", "never", "away", "late", "recess", "horizon", "idle", "audit", "settings", "entry", "field",
    "letter", "why", "list", "notice.operator", "watch", "inbox", "health", "chain",
)  # fmt: skip

NAMES = ("all-clear", "notice", "overview", "reminder", "test")
SOURCES = sorted(  # pages of the desk are no letters: tests/web renders them
    path for path in TEMPLATES.rglob("*") if path.suffix in (".txt", ".html") and path.parent.name != "desk"
)
BLOCK = re.compile(r"\{% (?:if|elif|else|for|macro|block|set \w+(?= %))\b.*?%\}(?!\{% endblock %\})", re.DOTALL)


class Probes(NodeTransformer):
    """Puts a probe into every branch: bodies of if, for, macro and block, arms of inline if, right sides of and/or."""

    def __init__(self, name, planted):
        self.name, self.planted = name, planted

    def mark(self, node, kind):
        place = f"{self.name}:{node.lineno} {kind}"
        self.planted.add(place)
        return place

    def probe(self, body, node, kind):
        if body:
            call = nodes.Call(nodes.Name("seen", "load"), [nodes.Const(self.mark(node, kind))], [], None, None)
            body.insert(0, nodes.Output([call]).set_lineno(node.lineno))

    def around(self, expression, kind):
        place = nodes.Const(self.mark(expression, f"{kind} {type(expression).__name__}"))
        call = nodes.Call(nodes.Name("seen", "load"), [place, expression], [], None, None)
        return call.set_lineno(expression.lineno)

    def visit_If(self, node):
        self.generic_visit(node)
        self.probe(node.body, node, "if")
        self.probe(node.else_, node, "else")
        return node

    visit_For = visit_If

    def visit_Macro(self, node):
        self.generic_visit(node)
        self.probe(node.body, node, "body")
        return node

    visit_Block = visit_Macro

    def visit_CondExpr(self, node):
        self.generic_visit(node)
        node.expr1, node.expr2 = self.around(node.expr1, "then"), self.around(node.expr2, "otherwise")
        return node

    def visit_And(self, node):
        self.generic_visit(node)
        node.right = self.around(node.right, "right")
        return node

    visit_Or = visit_And


def branches(monkeypatch, letters, language, render):
    """All branches of all templates, and those that rendering reached."""
    planted, reached = set(), set()

    def seen(place, value=""):
        reached.add(place)
        return value

    def instrumented(folder, words, *, own):
        environment = letter_environment(folder, words, own=own)
        parse = environment._parse

        def probed(source, name, filename):
            return Probes(name, planted).visit(parse(source, name, filename))

        environment._parse = probed
        environment.globals["seen"] = seen
        return environment

    monkeypatch.setattr("monitor.mail.letters.letter_set.letter_environment", instrumented)
    render(LetterSet([TEMPLATES]))
    return planted, reached


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_samples_reach_every_branch_of_every_letter(monkeypatch, language):
    def render(letters):
        for name in NAMES:
            for context in samples(name, language).values():
                letters.attempt(name, language, {"reply_to": "", **context})

    planted, reached = branches(monkeypatch, NAMES, language, render)
    assert len(planted) > 100
    assert {place.partition(":")[0] for place in planted} >= {
        path.relative_to(TEMPLATES).as_posix()
        for path in SOURCES
        if "{%" in path.read_text() and "if" in path.read_text()
    }
    assert sorted(planted - reached) == []


def test_the_measure_of_branches_sees_a_missing_sample(monkeypatch):
    planted, reached = branches(
        monkeypatch, NAMES, "nl",
        lambda letters: letters.attempt(
            "reminder", "nl", {"reply_to": "", **next(iter(samples("reminder", "nl").values()))}
        ),
    )  # fmt: skip
    assert planted - reached


def test_the_shipped_letters_have_no_fault():
    assert check_letters(Letters([TEMPLATES])) == []
    assert check_letters(Letters([TEMPLATES], reply_to="Marleen Bos")) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_typo_under_any_branch_is_found_with_file_and_line(tmp_path, path):
    """A placeholder typo must never be mailed as it stands, nor stay hidden until the day its branch is taken."""
    name = path.relative_to(TEMPLATES).as_posix()
    own = tmp_path / name
    own.parent.mkdir(parents=True, exist_ok=True)
    source = path.read_text(encoding="utf-8")
    places = [found.end() for found in BLOCK.finditer(source)] or [0]
    if name.endswith("subject.txt"):
        places.append(0)
    for place in places:
        own.write_text(f"{source[:place]}{{{{ no_such_name }}}}{source[place:]}", encoding="utf-8")
        line = source[:place].count("\n") + 1
        found = {(fault.file, fault.line, fault.what) for fault in check_letters(Letters([tmp_path, TEMPLATES]))}
        assert (str(own), line, "'no_such_name' is undefined.") in found, (
            f"a typo after {source[:place][-60:]!r} passes"
        )


def told_by_a_letter(key):
    """Whether a template asks for the sentence; the others are values, or words for names that users invent."""
    return not {key, key.partition(".")[0]} & {*OPEN_TABLES, *AS_VALUES}


@pytest.mark.parametrize("letter", NAMES)
def test_both_languages_have_the_same_sentences(letter):
    """Their placeholders are the same too."""

    def shape(language):
        sentences = load_texts(LetterSet([TEMPLATES]).files, letter, language).sentences.values()
        return {s.key: s.placeholders() for s in sentences if told_by_a_letter(s.key)}

    assert shape("nl") == shape("en")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_sentence_is_there_that_no_letter_says(language):
    letters = LetterSet([TEMPLATES])
    asked, there = set(), set()
    for name in NAMES:
        there |= {key for key in load_texts(letters.files, name, language).sentences if told_by_a_letter(key)}
        for context in samples(name, language).values():
            asked |= letters.attempt(name, language, {"reply_to": "", **context}).asked
    assert there - asked <= {"date.weekdays", "date.short_weekdays", "date.months", "date.short_months"}


def faults(own):
    return [str(fault) for fault in check_letters(Letters([own, TEMPLATES]))]


def test_all_faults_of_all_letters_come_at_once(tmp_path):
    (tmp_path / "reminder").mkdir()
    (tmp_path / "notice").mkdir()
    (tmp_path / "reminder/body.html").write_text("\n{% endif %}")
    (tmp_path / "notice/subject.txt").write_text("{{ x }}")
    found = faults(tmp_path)
    assert any(f"{tmp_path}/reminder/body.html:2:" in fault for fault in found)
    assert any(f"{tmp_path}/notice/subject.txt:1: 'x' is undefined." in fault for fault in found)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("reminders/body.txt", "x",
         "reminders/body.txt: No letter uses this file. Accepted: a name such as reminder/body.txt."),
        ("reminder/nl.toml", '\n[lead]\nsoms = "x"\n',
         "lead.soms: No letter asks for this text. Accepted: 'lead.some'."),
        ("reminder/nl.toml", '[lead]\nsome = "{getal} te doen"\n',
         "lead.some: {getal} is not filled in here. Accepted: {n}."),
        ("nl.toml", 'reply = "Vraag het {wie}."\n', "nl.toml:1: reply: {wie} is not filled in here. Accepted: {who}."),
    ],
)  # fmt: skip
def test_own_files_and_texts_that_would_never_show_are_faults(tmp_path, name, content, told):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    assert any(told in fault for fault in faults(tmp_path))


def test_own_words_for_own_names_are_no_fault(tmp_path):
    (tmp_path / "nl.toml").write_text('[event]\nour-letter = "onze brief"\n[role]\nboss = "de baas"\n')
    assert faults(tmp_path) == []


def test_an_own_letter_with_own_texts_is_no_fault(tmp_path):
    shutil.copytree(TEMPLATES / "test", tmp_path / "test")
    (tmp_path / "test/body.txt").write_text('{{ t("test.greeting", name=person.name) }}\n')
    for language in ("nl", "en"):
        path = tmp_path / f"test/{language}.toml"
        path.write_text(path.read_text() + 'greeting = "Hallo {name}"\n')
    assert faults(tmp_path) == []
