"""Errors of ours, said on the page in their own sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from pages.ui.text.markdown import plain
from vae_core.errors import LatentStudioError

P = ParamSpec("P")
T = TypeVar("T")


def in_words(draw: Callable[P, T]) -> Callable[P, T | None]:
    """Let a part of a page say in its place why it cannot be drawn; it then returns None.

    Goes below `st.fragment`: what is raised in a fragment never reaches the page around it.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return draw(*args, **kwargs)
        except LatentStudioError as error:
            st.error(plain(str(error)))
            return None

    return drawn
