"""Errors of ours, said on the page in their own sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from vae_core.errors import LatentStudioError

P = ParamSpec("P")


def in_words(draw: Callable[P, None]) -> Callable[P, None]:
    """Let a part of a page say in its place why it cannot be drawn.

    Goes below `st.fragment`: what is raised in a fragment never reaches the page around it.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            draw(*args, **kwargs)
        except LatentStudioError as error:
            st.error(str(error))

    return drawn
