"""Grids and traversals: what the decoder draws, where it is said to be."""

import io

import numpy as np
import pytest
from onnx import load_from_string
from onnx.reference import ReferenceEvaluator
from PIL import Image

from vae_core import runs
from vae_core.interchange.exports import pictures
from vae_core.runs import Run


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "SIDE", 3)


def drawn(run: Run, places: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W), by the graph that browsers get."""
    decoder = ReferenceEvaluator(load_from_string(run.decoder()))
    with np.errstate(over="ignore"):  # within its sigmoid
        image, *_ = decoder.run(["image"], {"z": places})
    return (np.asarray(image)[:, 0].clip(0, 1) * 255).round().astype(np.uint8)


def test_the_grids_upper_left_is_the_first_dimensions_low_and_the_seconds_high_end() -> None:
    run = runs.open_run("digits")
    grid = np.asarray(Image.open(io.BytesIO(pictures.grid_png(run))))
    assert grid.shape == (24, 24)
    corner = drawn(run, np.array([[-pictures.REACH, pictures.REACH]], dtype=np.float32))[0]
    assert np.abs(grid[:8, :8].astype(int) - corner).max() <= 1


def test_single_pictures_are_those_of_the_grid_and_a_table_says_where_they_lie() -> None:
    run = runs.open_run("digits")
    files = pictures.grid_pngs(run)
    grid = np.asarray(Image.open(io.BytesIO(pictures.grid_png(run))))
    assert (np.asarray(Image.open(io.BytesIO(files["row-02-column-01.png"]))) == grid[16:, 8:16]).all()
    assert files["places.csv"].splitlines()[-1] == b'"row-02-column-02.png",2.5,-2.5'


def test_a_traversal_goes_from_end_to_end_and_back() -> None:
    run = runs.open_run("digits")
    film = Image.open(io.BytesIO(pictures.traversal_gif(run)))
    assert film.n_frames == pictures.FRAMES
    assert film.size == (16, 8)
    ends = drawn(run, np.array([[2.5, 0], [0, 2.5]], dtype=np.float32))
    first = np.asarray(film.convert("L")).astype(int)
    assert np.abs(first - np.concatenate(list(ends), axis=1)).max() <= 1
