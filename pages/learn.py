"""Learn: one lesson at a time, its text with widgets in between, in the reader's language."""

import streamlit as st

from pages.ui.address import state
from pages.ui.learn import lesson_widgets, lessons
from pages.ui.learn.widget_mounting import LessonWidget

WORDS_KEY = "page"


def learn() -> None:
    """Language and lessons in the sidebar; the lesson itself in a column that is good to read."""
    with st.sidebar:
        language = choose_language()
        lesson = choose_lesson(language)
    with st.container(key="lesson"):
        st.title(lesson.title, anchor=False)
        for part in lesson.parts:
            draw(part, lesson, language)
        neighbours(lesson, language)


def choose_language() -> str:
    """The address's language, else the browser's."""
    language = state.lesson_language(lessons.LANGUAGES, lessons.language_of(st.context.locale))
    words = lessons.strings(language)[WORDS_KEY]
    state.set_widgets({"lesson-language": language})
    st.radio(
        words["language"],
        list(lessons.LANGUAGES),
        format_func=lambda code: lessons.LANGUAGES[code],
        key="lesson-language",
        horizontal=True,
        help=words["language-help"],
        on_change=lambda: state.speak(state.widget("lesson-language", language)),
    )
    return language


def choose_lesson(language: str) -> lessons.Lesson:
    """All lessons with their titles; a tick where everything to try has been done."""
    words, every = lessons.strings(language)[WORDS_KEY], lessons.lessons(language)
    number = state.lesson(every)
    state.set_widgets({"lesson-number": number})
    st.radio(
        words["lessons"],
        list(every),
        format_func=lambda each: in_list(every[each]),
        key="lesson-number",
        help=words["lessons-help"],
        on_change=lambda: state.open_lesson(state.widget("lesson-number", number)),
    )
    return every[number]


def in_list(lesson: lessons.Lesson) -> str:
    """A lesson's number and title, ticked when done."""
    tick = " :material/check_circle:" if lesson.tries and lesson.tries <= state.finished_tries() else ""
    return f"{lesson.number}. {lesson.title}{tick}"


def draw(part: lessons.Part, lesson: lessons.Lesson, language: str) -> None:
    """One piece of the lesson."""
    words = lessons.strings(language)
    if part.kind == "widget":
        widget = LessonWidget(part.widget, lesson.number, language, words[part.widget])
        lesson_widgets.WIDGETS[part.widget](widget)
    elif part.kind == "try":
        to_try(part, words[WORDS_KEY])
    elif part.kind == "source":
        st.caption(f"{words[WORDS_KEY]['source']} {part.markdown}")
    else:
        st.markdown(part.markdown)


def to_try(part: lessons.Part, words: dict[str, str]) -> None:
    """What to try on a widget, and whether it has been done."""
    is_done = part.widget in state.finished_tries()
    icon = ":material/check_circle:" if is_done else ":material/radio_button_unchecked:"
    with st.container(border=True, key=f"try-{part.widget}-{'done' if is_done else 'open'}"):
        st.markdown(f"{icon} **{words['done' if is_done else 'try']}** {part.markdown}")


def neighbours(lesson: lessons.Lesson, language: str) -> None:
    """The way to the lessons before and after."""
    words, every = lessons.strings(language)[WORDS_KEY], lessons.lessons(language)
    numbers = list(every)
    index = numbers.index(lesson.number)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="neighbours"):
        if index > 0:
            step(every[numbers[index - 1]], words["previous-help"], ":material/arrow_back:", "previous")
        if index + 1 < len(numbers):
            step(every[numbers[index + 1]], words["next-help"], ":material/arrow_forward:", "next")


def step(to: lessons.Lesson, what_it_does: str, icon: str, key: str) -> None:
    """A button to another lesson, with its title."""
    st.button(
        f"{to.number}. {to.title}",
        icon=icon,
        help=what_it_does,
        key=f"lesson-{key}",
        on_click=state.open_lesson,
        args=(to.number,),
    )


learn()
