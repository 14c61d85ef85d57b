"""Grids and traversals: what the decoder draws, where it is said to be."""

import io

import numpy as np
import pytest
from onnx import load_from_string
from onnx.reference import ReferenceEvaluator
from PIL import Image

from tests.vae_core.run_samples import finish, random_weights
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import parse_config
from vae_core.interchange.exports import pictures
from vae_core.runs import Run, RunWriter


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


@pytest.fixture(scope="module")
def conditional(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Of digits, told one of ten classes; by random weights."""
    config = parse_config({"dataset": "digits", "hidden_sizes": (3,), "objective": "cvae"})
    return finish(RunWriter.create(config, tmp_path_factory.mktemp("runs")), random_weights(config))


def of_class(run: Run, label: int, places: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W), by the graph that browsers get of that class."""
    decoder = ReferenceEvaluator(load_from_string(decoder_onnx(run.config, run.weights(), label, card=run.card)))
    image, *_ = decoder.run(["image"], {"z": places})
    return (np.asarray(image)[:, 0].clip(0, 1) * 255).round().astype(np.uint8)


def test_a_conditional_model_draws_a_grid_of_every_class(conditional: Run) -> None:
    grid = np.asarray(Image.open(io.BytesIO(pictures.grid_png(conditional)))).astype(int)
    width = 24 + pictures.GAP
    assert grid.shape == (3 * width - pictures.GAP, 4 * width - pictures.GAP)
    corner = np.array([[-pictures.REACH, pictures.REACH]], dtype=np.float32)
    for label in range(10):
        top, left = width * (label // 4), width * (label % 4)
        assert np.abs(grid[top : top + 8, left : left + 8] - of_class(conditional, label, corner)[0]).max() <= 1
    assert not grid[24 : 24 + pictures.GAP].any()


def test_single_pictures_of_a_conditional_model_are_of_every_class_and_the_table_names_it(conditional: Run) -> None:
    files = pictures.grid_pngs(conditional)
    assert len(files) == 10 * 9 + 1
    head, *rows = files["places.csv"].decode().splitlines()
    assert head == '"file","class","z_0","z_1"'
    assert rows[-1] == '"class-09-row-02-column-02.png","9",2.5,-2.5'
    one, other = (np.asarray(Image.open(io.BytesIO(files[f"class-0{n}-row-01-column-01.png"]))) for n in (0, 1))
    assert (one != other).any()


def test_a_traversal_of_a_conditional_model_has_a_row_for_each_class(conditional: Run) -> None:
    film = Image.open(io.BytesIO(pictures.traversal_gif(conditional)))
    assert film.size == (2 * 8, 10 * 8)
    ends = np.array([[pictures.REACH, 0], [0, pictures.REACH]], dtype=np.float32)
    last = np.concatenate(list(of_class(conditional, 9, ends)), axis=1)
    assert np.abs(np.asarray(film.convert("L")).astype(int)[-8:] - last).max() <= 2
