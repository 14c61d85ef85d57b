"""The exception tree: complete, drawn in its docstring, and worded for people."""

import inspect
import re

import pytest

from vae_core import errors

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_one_of_ours_and_says_what_it_means(kind: type) -> None:
    assert issubclass(kind, errors.LatentStudioError)
    assert kind.__doc__


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn = set(re.findall(r"^ {4}(?:│ {3})?(?:[├└]── )?(\w+)", errors.__doc__ or "", flags=re.MULTILINE))
    assert drawn == {kind.__name__ for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_message_is_shown_as_it_was_written(kind: type[Exception]) -> None:
    assert str(kind("expected 'a', got 'b'; do c")) == "expected 'a', got 'b'; do c"
