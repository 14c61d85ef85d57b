"""Images side by side: what a model drew is framed, what is real is not."""

import io

import numpy as np
from PIL import Image

from vae_core.apply.synthesis.sheets import ACCENT, FRAME, GAP, sheet


def test_only_drawn_images_wear_a_frame_and_gaps_are_transparent() -> None:
    images = np.full((2, 1, 56, 56), 90, dtype=np.uint8)
    pixels = np.asarray(Image.open(io.BytesIO(sheet(images, 2, [False, True]))))
    side = 56 + 2 * (FRAME + GAP)
    assert pixels.shape == (side, 2 * side, 4)
    real, drawn = pixels[:, :side], pixels[:, side:]
    assert (real[GAP, :, 3] == 0).all()
    assert drawn[GAP, GAP].tolist() == [*ACCENT, 255]
    assert drawn[GAP - 1, side // 2, 3] == 0
    for each in (real, drawn):
        assert each[GAP + FRAME, GAP + FRAME].tolist() == [90, 90, 90, 255]
        assert (each[..., 3] == 255).sum() >= 56 * 56
