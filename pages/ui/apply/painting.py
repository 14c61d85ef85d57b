"""A region that is hidden, painted on an image with a brush and kept in the address."""

from __future__ import annotations

import base64

import numpy as np
import streamlit as st

from pages.ui.address import state
from pages.ui.components.mask_brush import mask_brush
from pages.ui.server import images
from vae_core import runs
from vae_core.apply.repair import damage
from vae_core.interchange.exports import pictures


def region(run: runs.Run, key: str, about: str) -> str:
    """Draws one of the run's images to paint on; what is painted, as `damage.mask_text` writes it."""
    state.begin_words(key)
    shape = run.card.image_shape
    kept = str(state.widget(key, ""))
    kept = "" if damage.why_no_mask(kept, shape) else kept  # another model's images may be of another size
    rows, columns = damage.mask_cells(shape)
    st.caption(about)
    painted = mask_brush(
        {"rows": rows, "columns": columns, "mask": kept, "image": _example(run)}, key=f"{key}-brush"
    ).mask
    if painted is not None and painted != state.remembered(key) and not damage.why_no_mask(painted, shape):
        state.remember(key, painted)  # what was painted long ago does not come back after Back
        kept = painted
    state.set_widgets({key: kept})
    state.keep_choice(key, kept, "")
    return kept


def _example(run: runs.Run) -> str:
    """The first held-out image as a data address; "" where it is not here."""
    if not images.has_images(run):
        return ""
    pixels = np.frombuffer(images.thumbnails(run, "0", "held-out"), dtype=np.uint8).reshape(run.card.image_shape)
    return f"data:image/png;base64,{base64.b64encode(pictures.png(pixels.transpose(1, 2, 0))).decode()}"
