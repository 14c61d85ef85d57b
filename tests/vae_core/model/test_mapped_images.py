"""Images that stay in their file are learnt from as those in memory are."""

from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core.config import parse_config
from vae_core.data import digits
from vae_core.evaluation import encode_all, evaluate
from vae_core.model import mapped_images
from vae_core.model.mapped_images import MappedImages, as_images
from vae_core.model.networks import build_vae, weights
from vae_core.training import Training

CONFIG = parse_config({"dataset": "digits", "hidden_sizes": (8,), "epochs": 1, "batch_size": 100, "device": "cpu"})


@pytest.fixture
def in_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[MappedImages, torch.Tensor]:
    """All training images of digits but the first three, in a file, and in memory."""
    monkeypatch.setattr(mapped_images, "SMALL", 0)
    images = digits.load("train").images
    np.save(tmp_path / "images.npy", images)
    mapped = as_images(np.load(tmp_path / "images.npy", mmap_mode="c")[3:], torch.device("cpu"))
    assert isinstance(mapped, MappedImages)
    return mapped, torch.from_numpy(images[3:])


def test_rows_and_pieces_are_those_of_the_tensor(in_file: tuple[MappedImages, torch.Tensor]) -> None:
    mapped, tensor = in_file
    rows = torch.tensor([5, 0, 1496, 5])
    assert mapped.shape == tensor.shape
    assert torch.equal(mapped[rows], tensor[rows])
    assert all(torch.equal(a, b) for a, b in zip(mapped.split(400), tensor.split(400), strict=True))


def test_some_of_the_images_are_read_without_a_copy_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped_images, "SMALL", 0)
    images, cpu = digits.load("train").images, torch.device("cpu")
    np.save(tmp_path / "images.npy", images)
    in_file, chosen = np.load(tmp_path / "images.npy", mmap_mode="c"), np.arange(3, 1500, 7)
    mapped, tensor = as_images(in_file, cpu, chosen), as_images(images, cpu, chosen)
    assert isinstance(mapped, MappedImages)
    assert isinstance(tensor, torch.Tensor)
    rows = torch.tensor([5, 0, len(chosen) - 1])
    assert mapped.shape == tensor.shape
    assert torch.equal(mapped[rows], torch.from_numpy(images[chosen])[rows])
    assert torch.equal(torch.cat(list(mapped.split(100))), tensor)


def test_a_training_and_its_figures_are_bitwise_the_same(in_file: tuple[MappedImages, torch.Tensor]) -> None:
    made = []
    for images in in_file:
        torch.manual_seed(0)
        training = Training(build_vae(CONFIG), images, CONFIG)
        for _ in training.steps():
            pass
        made.append(
            (weights(training.model), evaluate(training.model, images), encode_all.encode(training.model, images))
        )
    (one, figures, codes), (other, others_figures, others_codes) = made
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert figures == others_figures
    assert all(np.array_equal(a, b) for a, b in zip(codes, others_codes, strict=True))


def test_few_images_and_those_in_memory_are_a_tensor(tmp_path: Path) -> None:
    images = digits.load("train").images
    np.save(tmp_path / "images.npy", images)
    for each in (images, np.load(tmp_path / "images.npy", mmap_mode="c")):
        assert isinstance(as_images(each, torch.device("cpu")), torch.Tensor)


def test_a_file_that_was_cut_short_is_an_error_of_the_disk(
    in_file: tuple[MappedImages, torch.Tensor], tmp_path: Path
) -> None:
    with (tmp_path / "images.npy").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(OSError, match="ends at row"):
        in_file[0].index_select(0, torch.tensor([1000]))
