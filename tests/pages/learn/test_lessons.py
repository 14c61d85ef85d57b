"""The lessons' files: the same lessons in every language, with the same formulas, widgets, tries and words."""

import re
from collections import Counter
from pathlib import Path

import pytest

from pages.ui.learn import lesson_widgets, lessons, widget_mounting
from tests.pages.node import answer_of_node

WITH_MODELS = {lesson_widgets.comparison, lesson_widgets.every_beta, lesson_widgets.sources}
OTHERS = [code for code in lessons.LANGUAGES if code != "en"]
ENGLISH = lessons.lessons("en")
FILES = sorted(lessons.FOLDER.rglob("*.md"))


def texts(lesson: lessons.Lesson) -> str:
    return "\n".join(part.markdown for part in lesson.parts)


def displayed(lesson: lessons.Lesson) -> list[str]:
    return re.findall(r"\$\$(.+?)\$\$", texts(lesson), flags=re.DOTALL)


def inline(lesson: lessons.Lesson) -> set[str]:
    without = re.sub(r"\$\$.+?\$\$", "", texts(lesson), flags=re.DOTALL)
    return set(re.findall(r"\$(.+?)\$", without))


def anchors(lesson: lessons.Lesson) -> list[tuple[str, str]]:
    return [(part.kind, part.widget) for part in lesson.parts]


@pytest.mark.parametrize("language", OTHERS)
def test_every_lesson_exists_in_every_language(language: str) -> None:
    there = {number: lesson.slug for number, lesson in lessons.lessons(language).items()}
    assert there == {number: lesson.slug for number, lesson in ENGLISH.items()}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("number", ENGLISH)
def test_a_translation_keeps_formulas_widgets_and_what_to_try(number: int, language: str) -> None:
    original, translated = ENGLISH[number], lessons.lessons(language)[number]
    assert anchors(translated) == anchors(original)
    assert displayed(translated) == displayed(original)
    assert inline(translated) == inline(original)
    assert texts(translated).count("\n## ") == texts(original).count("\n## ")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("number", ENGLISH)
def test_a_translation_keeps_the_links(number: int, language: str) -> None:
    def links(lesson: lessons.Lesson) -> Counter[str]:
        return Counter(re.findall(r"\]\(([^)]+)\)", texts(lesson)))

    assert links(lessons.lessons(language)[number]) == links(ENGLISH[number])


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_words(language: str) -> None:
    def keys(strings: lessons.Strings) -> dict[str, set[str]]:
        return {table: set(words) for table, words in strings.items()}

    assert keys(lessons.strings(language)) == keys(lessons.strings("en"))
    assert all(word.strip() for words in lessons.strings(language).values() for word in words.values())


@pytest.mark.parametrize("number", ENGLISH)
def test_a_lesson_has_widgets_something_to_try_and_a_source_with_a_link(number: int) -> None:
    kinds = Counter(part.kind for part in ENGLISH[number].parts)
    assert kinds["widget"] >= 1
    assert ENGLISH[number].tries
    assert kinds["source"] == 1
    assert "](https://" in next(part.markdown for part in ENGLISH[number].parts if part.kind == "source")


@pytest.mark.parametrize("number", ENGLISH)
def test_every_widget_that_a_lesson_names_is_registered_and_has_words(number: int) -> None:
    placed = {part.widget for part in ENGLISH[number].parts if part.kind == "widget"}
    assert placed <= set(lesson_widgets.WIDGETS)
    assert placed <= set(lessons.strings("en"))
    assert ENGLISH[number].tries <= placed, "what there is to try is tried on a widget of the lesson"


def test_every_registered_widget_stands_in_a_lesson() -> None:
    placed = {part.widget for lesson in ENGLISH.values() for part in lesson.parts if part.kind == "widget"}
    assert placed == set(lesson_widgets.WIDGETS)


@pytest.fixture(scope="module")
def asked_for() -> dict[str, set[str]]:
    """Keys of the words that each browser widget asks for when it is put up, from node."""
    return {widget: set(keys) for widget, keys in answer_of_node("lesson_words.mjs").items()}


def test_every_word_of_a_browser_widget_is_in_its_table_and_every_word_there_is_used(
    asked_for: dict[str, set[str]],
) -> None:
    assert asked_for
    for widget, keys in asked_for.items():
        assert keys == set(lessons.strings("en")[widget]), widget


def test_the_browser_knows_the_widgets_that_the_registry_leaves_to_it(asked_for: dict[str, set[str]]) -> None:
    for widget in asked_for:
        function = lesson_widgets.WIDGETS[widget]
        left_to_it = {widget_mounting.in_browser, widget_mounting.with_model, *WITH_MODELS}
        assert getattr(function, "func", function) in left_to_it


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_formula_is_left_open(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        assert line.replace("$$", "").count("$") % 2 == 0, line
        assert line.count("$$") in {0, 2}, line


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no title", "expected '# '"),
        ("# Title\n::widget ::\n", "expected a widget's name"),
        ("# Title\n::source kl-bell:: Somebody", "unless for a source"),
    ],
)
def test_a_lesson_that_cannot_be_read_says_why(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        lessons.parse(3, "kl", text)


def test_a_formula_alone_on_its_line_is_a_display() -> None:
    (text,) = lessons.parse(3, "kl", "# A title\n\nSo $a$:\n\n$$a = b$$\n\nand on.").parts
    assert text.markdown == "So $a$:\n\n$$\na = b\n$$\n\nand on."


def test_a_lesson_is_text_widgets_and_tries_in_their_order() -> None:
    text = "# A title\n\nFirst.\n\n::widget kl-bell::\n\n::try kl-bell:: Do it.\n\nThen $x$.\n\n::source:: A book"
    lesson = lessons.parse(3, "kl", text)
    assert lesson.title == "A title"
    assert [(part.kind, part.markdown) for part in lesson.parts] == [
        ("text", "First."), ("widget", ""), ("try", "Do it."), ("text", "Then $x$."), ("source", "A book"),
    ]  # fmt: skip
    assert lesson.tries == {"kl-bell"}


@pytest.mark.parametrize(
    ("locale", "language"),
    [("fr-CA", "fr"), ("zh-Hant-TW", "zh"), ("ru", "ru"), ("de-DE", "en"), ("", "en"), (None, "en"), ("zh_CN", "zh")],
)
def test_the_language_is_the_browsers_where_there_are_lessons_in_it(locale: str | None, language: str) -> None:
    assert lessons.language_of(locale) == language
