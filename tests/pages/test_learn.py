"""Learn as Streamlit draws it: language, lesson, ticks, and the address that holds them."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.learn import lessons

LAST = max(lessons.lessons("en"))


@pytest.fixture
def learn(app: AppTest) -> AppTest:
    """The page, opened for the first time."""
    return app.switch_page("learn.py").run()


def opened(app: AppTest, **address: str) -> AppTest:
    app.switch_page("learn.py")
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def test_learn_opens_on_the_first_lesson_in_english_and_its_address_says_so(learn: AppTest) -> None:
    first = min(lessons.lessons("en"))
    assert not learn.exception
    assert learn.title[0].value == lessons.lessons("en")[first].title
    assert learn.query_params["lesson"] == str(first)
    assert learn.query_params["language"] == "en"


@pytest.mark.parametrize("language", lessons.LANGUAGES)
@pytest.mark.parametrize("number", lessons.lessons("en"))
def test_every_lesson_is_drawn_in_every_language(app: AppTest, number: int, language: str) -> None:
    page = opened(app, lesson=str(number), language=language)
    assert not page.exception
    lesson = lessons.lessons(language)[number]
    shown = [each.value for each in page.markdown]
    assert page.title[0].value == lesson.title
    assert all(part.markdown in shown for part in lesson.parts if part.kind == "text")
    assert page.radio(key="lesson-language").label == lessons.strings(language)["page"]["language"]


def test_another_language_keeps_the_lesson(app: AppTest) -> None:
    page = opened(app, lesson=str(LAST), language="en")
    page.radio(key="lesson-language").set_value("fr").run()
    assert page.title[0].value == lessons.lessons("fr")[LAST].title
    assert page.query_params["language"] == "fr"
    assert page.query_params["lesson"] == str(LAST)


@pytest.mark.parametrize(("lesson", "language"), [("99", "xx"), ("", ""), ("-1", "EN"), ("²", "../en")])
def test_an_address_that_names_nothing_opens_the_first_lesson_in_english(
    app: AppTest, lesson: str, language: str
) -> None:
    page = opened(app, lesson=lesson, language=language)
    assert not page.exception
    assert page.title[0].value == lessons.lessons("en")[min(lessons.lessons("en"))].title


def test_the_list_and_the_buttons_lead_to_other_lessons(app: AppTest) -> None:
    page = opened(app, lesson=str(LAST))
    numbers = list(lessons.lessons("en"))
    if len(numbers) == 1:
        assert not [button for button in page.button if button.key in {"lesson-previous", "lesson-next"}]
        return
    assert not [button for button in page.button if button.key == "lesson-next"]
    page.button(key="lesson-previous").click().run()
    assert page.title[0].value == lessons.lessons("en")[numbers[-2]].title
    page.radio(key="lesson-number").set_value(numbers[0]).run()
    assert page.title[0].value == lessons.lessons("en")[numbers[0]].title
    assert not [button for button in page.button if button.key == "lesson-previous"]


def test_what_has_been_done_is_ticked_in_the_lesson_and_when_all_is_done_in_the_list(app: AppTest) -> None:
    words, all_lessons = lessons.strings("en")["page"], lessons.lessons("en")
    number = next(each for each, lesson in all_lessons.items() if len(lesson.tries) > 1)
    page, lesson = opened(app, lesson=str(number)), all_lessons[number]

    def boxes(state: str) -> int:
        return sum(f"**{words[state]}**" in each.value for each in page.markdown)

    assert (boxes("done"), boxes("try")) == (0, len(lesson.tries))
    first, *others = sorted(lesson.tries)
    page.session_state["tries"] = {first}
    page.run()
    assert (boxes("done"), boxes("try")) == (1, len(others))
    page.session_state["tries"] = set(lesson.tries)
    page.run()
    assert boxes("try") == 0
    assert "check_circle" in page.radio(key="lesson-number").options[list(all_lessons).index(number)]


def test_the_lesson_is_still_open_after_a_visit_to_another_page(app: AppTest) -> None:
    page = opened(app, lesson=str(LAST), language="zh")
    page.switch_page("train.py").run()
    page.switch_page("learn.py").run()
    assert page.title[0].value == lessons.lessons("zh")[LAST].title
