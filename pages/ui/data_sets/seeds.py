"""A seed, as somebody types it."""

import streamlit as st

from pages.ui.text.markdown import plain
from vae_core.config import parse_config
from vae_core.errors import ConfigInvalid


def typed_seed(label: str, key: str, about: str | None = None) -> int | None:
    """None, with the sentence shown, where what was typed is none."""
    text = st.text_input(label, "0", key=key, help=about)
    try:
        return parse_config({"seed": text}).seed
    except ConfigInvalid as error:
        st.error(plain(str(error)))
        return None
