"""The user's own letters: they win by name, and one that fails is replaced whole by the shipped one."""

import shutil

import pytest
from letter_examples import MAY_12, SANNE, TEMPLATES, golden_may, notice

from monitor.core.errors import UnknownId
from monitor.mail.letters.letters import Letters


@pytest.fixture
def own(tmp_path):
    """The user's folder, empty."""
    folder = tmp_path / "letters"
    (folder / "reminder").mkdir(parents=True)
    return folder


def shipped():
    return Letters([TEMPLATES]).render("reminder", "nl", digest=golden_may())


def with_own(own):
    return Letters([own, TEMPLATES]).render("reminder", "nl", digest=golden_may())


BROKEN = {
    "a syntax error": ("reminder/body.html", "fine\n{% if %}\n", "body.html:2:"),
    "a block left open": ("reminder/body.txt", "a\n{% for x in digest.groups %}\n", "body.txt:2:"),
    "an undefined variable": ("reminder/body.txt", "a\nb\n{{ dgiest.day }}\n", "body.txt:3: 'dgiest' is undefined."),
    "a field nobody has": ("reminder/body.txt", "{{ digest.lines[0].titel }}", "body.txt:1: "),
    "a value that is empty": ("reminder/body.txt", "\n{{ digest.lines[0].binding }}", "body.txt:2: A value is printed"),
    "an unknown filter": ("reminder/subject.txt", "{{ digest.day | datum }}", "subject.txt:1: No filter named 'datum'"),
    "a missing file": ("reminder/body.html", '\n{% include "reminder/logo.html" %}',
                       "2: There is no file 'reminder/logo.html'."),
    "an empty subject": ("reminder/subject.txt", "{# to do #}\n",
                         "subject.txt: This part of the letter comes out empty."),
    "an unknown text": ("reminder/body.txt", '\n\n{{ t("lead.som") }}', "body.txt:3: There is no text 'lead.som'"),
    "a wrong placeholder": ("reminder/nl.toml", '# mine\n[lead]\nsome = "{m} dingen"\n',
                            "nl.toml:3: lead.some: {m} is not"),
    "a broken text file": ("reminder/nl.toml", 'a = 1\nb = "half\n', "nl.toml:2: This is not TOML"),
    "a number for a text": ("reminder/nl.toml", "[lead]\n\nnone = 3\n", "nl.toml:3: lead.none: This is not a text."),
    "half of a plural": ("reminder/nl.toml", '[lead]\nsome = { one = "een" }\n',
                         "nl.toml:2: lead.some: This is not a text."),
    "too few months": ("nl.toml", '[date]\nmonths = ["jan"]\n',
                       "nl.toml:2: date.months: This list has the wrong length."),
    "a letter without end": ("reminder/body.txt", '{% include "reminder/body.txt" %}', "body.txt:1: "),
    "a loop without end": ("reminder/body.txt", "{% for n in range(10**9) %}x{% endfor %}", "body.txt:1: "),
    "a way out of the sandbox": ("reminder/body.txt", "{{ digest.__class__.__mro__ }}",
                                 "1: Access to attribute '__class__'"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "content", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_letter_that_fails_is_replaced_whole(own, file, content, told):
    """The reason names the file and the line."""
    (own / file).write_text(content, encoding="utf-8")
    rendered = with_own(own)
    fresh = shipped()
    assert (rendered.subject, rendered.text, rendered.html) == (fresh.subject, fresh.text, fresh.html)
    assert rendered.replaced.startswith("Letter 'reminder' (nl) was replaced by the shipped one: ")
    assert str(own) in rendered.replaced and told in rendered.replaced
    assert "\n" not in rendered.replaced


def test_a_file_in_another_encoding_is_replaced(own):
    (own / "reminder/body.txt").write_bytes("één\nbeëindigd".encode("latin-1"))
    assert "body.txt:1: The file is not written in UTF-8." in with_own(own).replaced
    assert with_own(own).text == shipped().text


def test_a_directory_or_dangling_link_is_reported(own):
    """It is not passed over in favour of the shipped file."""
    (own / "reminder/body.txt").mkdir()
    assert "body.txt: The file cannot be read: Is a directory." in with_own(own).replaced
    (own / "reminder/body.txt").rmdir()
    (own / "reminder/body.txt").symlink_to("nowhere")
    assert "body.txt: The file cannot be read: No such file or directory." in with_own(own).replaced


def test_one_broken_letter_leaves_the_others(own):
    """The other letters are rendered as the user wrote them."""
    (own / "reminder/body.txt").write_text("{{ nothing }}")
    (own / "notice").mkdir()
    (own / "notice/subject.txt").write_text("Mijn eigen onderwerp")
    rendered = Letters([own, TEMPLATES]).render("notice", "nl", notice=notice())
    assert rendered.replaced is None
    assert rendered.subject == "Mijn eigen onderwerp"


def test_a_user_changes_one_file_and_keeps_the_rest(own):
    (own / "reminder/body.txt").write_text(
        "\ufeffDag {{ digest.to.name }},\r\n\r\n\r\n\r\n{{ digest.lines | length }} punten  \r\n", newline=""
    )
    rendered = with_own(own)
    assert rendered.replaced is None
    assert rendered.text == "Dag Sanne de Vries,\n\n9 punten\n"
    assert rendered.html == shipped().html


def test_a_user_changes_one_sentence_and_keeps_the_rest(own):
    (own / "reminder/nl.toml").write_text('[lead]\nsome = { one = "{n} ding te doen", other = "{n} dingen te doen" }\n')
    rendered = with_own(own)
    assert rendered.replaced is None
    assert rendered.text == shipped().text.replace("9 termijnen vragen uw aandacht", "9 dingen te doen")


def test_a_sentence_with_html_marks_is_escaped(own):
    """It is read as it was written, in text and HTML."""
    (own / "reminder/nl.toml").write_text("[group]\nwhy = \"Foto's & co: {why} <b>'s avonds\"\n")
    rendered = with_own(own)
    assert rendered.replaced is None
    assert "Foto's & co: afgesproken" in rendered.text
    assert "Foto&#39;s &amp; co: afgesproken: derde woensdag van mei &lt;b&gt;&#39;s avonds" in rendered.html


def test_letters_stay_as_they_were_read_until_they_are_read_anew(own):
    (own / "reminder/body.txt").write_text("whole")
    letters = Letters([own, TEMPLATES])
    before = letters.render("reminder", "nl", digest=golden_may())
    for content in ("{{ broken }}", "half a let"):
        (own / "reminder/body.txt").write_text(content)
        assert letters.render("reminder", "nl", digest=golden_may()) == before
    assert with_own(own).text == "half a let\n"
    (own / "reminder/body.txt").unlink()
    assert letters.render("reminder", "nl", digest=golden_may()) == before
    assert with_own(own) == shipped()


def test_a_user_brings_a_language(own):
    for name in ("nl.toml", "reminder/nl.toml"):
        target = own / name.replace("nl.toml", "fy.toml")
        target.write_text((TEMPLATES / name).read_text().replace("woensdag", "woansdei"))
    letters = Letters([own, TEMPLATES])
    assert letters.languages() == ("en", "fy", "nl")
    rendered = letters.render("reminder", "fy", digest=golden_may())
    assert rendered.replaced is None
    assert "woansdei 19 mei 2021" in rendered.text


def test_a_language_nobody_has_falls_back_to_english_and_says_so():
    rendered = Letters([TEMPLATES]).render("reminder", "de", digest=golden_may())
    assert "9 deadlines need your attention" in rendered.text
    assert "There is no language 'de'" in rendered.replaced


def test_the_shipped_letter_failing_is_a_bug_and_raises(tmp_path):
    broken = tmp_path / "shipped"
    shutil.copytree(TEMPLATES, broken)
    (broken / "reminder/body.txt").write_text("{{ nothing }}")
    with pytest.raises(Exception, match="'nothing' is undefined"):
        Letters([broken]).render("reminder", "nl", digest=golden_may())
    with pytest.raises(Exception, match="'digest' is undefined"):
        Letters([TEMPLATES]).render("reminder", "nl")


def test_names_and_origins_say_which_file_won(own):
    (own / "reminder/body.txt").write_text("x")
    letters = Letters([own, TEMPLATES])
    assert letters.names() == ("all-clear", "notice", "overview", "reminder", "test")
    assert letters.origins()["reminder/body.txt"] == own / "reminder/body.txt"
    assert letters.origins()["reminder/body.html"] == TEMPLATES / "reminder/body.html"


def test_a_folder_that_is_not_there_is_no_letter(tmp_path):
    letters = Letters([tmp_path / "absent", TEMPLATES])
    assert letters.render("test", "nl", person=SANNE, day=MAY_12).replaced is None


def test_no_letter_reaches_outside_its_folders(own):
    (own.parent / "secret.txt").write_text("secret")
    (own / "reminder/body.txt").write_text('{% include "../secret.txt" %}')
    rendered = with_own(own)
    assert "There is no file '../secret.txt'" in rendered.replaced
    assert "secret" not in rendered.text
    with pytest.raises(UnknownId):
        Letters([own, TEMPLATES]).render("../reminder", "nl", digest=golden_may())


def test_escaping_does_not_hang_on_a_file_name(own):
    """Jinja's own choice by suffix would leave *.html.j2 and *.txt unescaped."""
    for name in ("part.html.j2", "part.txt", "part"):
        (own / name).write_text("{{ '<b>' }}")
        (own / "reminder/body.html").write_text(f'<p>{{% include "{name}" %}}</p>')
        assert "<p>&lt;b&gt;</p>" in with_own(own).html
