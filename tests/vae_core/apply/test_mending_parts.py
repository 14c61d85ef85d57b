"""Denoising, few labels and augmentation as parts: from settings to figures, a verdict, pictures and files."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from vae_core import runs
from vae_core.apply import denoising, few_labels, labelling
from vae_core.apply.job import Job, carry_out
from vae_core.apply.labelling import giving, m2
from vae_core.apply.parts import part
from vae_core.apply.record import Made
from vae_core.apply.repair import methods
from vae_core.errors import ConfigInvalid
from vae_core.intake.adding import find


@pytest.fixture
def digits() -> runs.Run:
    return runs.open_run("digits")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few images and steps as still are some."""
    monkeypatch.setattr(methods, "MOST_FITTED", 100)
    monkeypatch.setattr(giving, "COUNTS", {"2": "2 a class", "10": "10 a class"})
    monkeypatch.setitem(m2.probabilities.__kwdefaults__, "steps", 2)  # type: ignore[index]


def files_of(made: Made) -> set[str]:
    return {each.file for each in (*made.result.take_away, *made.result.pictures)}


def rows_of(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


def test_repaired_images_go_out_with_the_figures_of_each(digits: runs.Run) -> None:
    made = carry_out("denoising", digits, {"noise": "0", "region": "lower part", "starts": "1"})
    assert made.files.keys() == files_of(made)
    arrays = np.load(io.BytesIO(made.files["cleaned.npz"]))
    assert arrays["hidden"].tolist() == [[False] * 8] * 4 + [[True] * 8] * 4
    rows = rows_of(made.files["figures.csv"])
    assert len(rows) == len(arrays["the_true_image"]) == methods.FOLDS * methods.IMAGES_A_FOLD
    names = zipfile.ZipFile(io.BytesIO(made.files["cleaned.zip"])).namelist()
    assert f"vae_posterior/{int(rows[0]['row']):06}.png" in names
    by_fold = [float(np.mean([float(row["ssim PCA"]) for row in rows[:20]]))]
    (pca,) = (row for row in made.result.rows if row.method == "PCA")
    assert pca.figures["ssim"][0] == pytest.approx(by_fold[0])
    assert made.result.notes[0].startswith("By SSIM: ")


def test_other_images_are_not_repaired_by_a_model_that_is_told_classes(digits: runs.Run) -> None:
    settings = part("denoising").settings(digits, {}) | {"data": "mnist"}
    told = runs.Run("told", digits.directory, digits.config.model_copy(update={"objective": "cvae"}), digits.card)
    with pytest.raises(ConfigInvalid, match="told each image's class"):
        denoising._asked(Job(told, settings, None, lambda share, what: None))


def test_every_image_is_given_a_class_from_few_labels(digits: runs.Run) -> None:
    made = carry_out("few-labels", digits, {})
    rows = rows_of(made.files["predictions.csv"])
    assert len(rows) == digits.card.size("all")
    right = np.mean([row["class"] == row["predicted"] for row in rows])
    best = max(row.figures["accuracy_10"] for row in made.result.rows if row.role == "ours")
    assert right == pytest.approx(np.mean(best), abs=0.15)
    assert [figure.name for figure in made.result.figures] == ["accuracy_2", "accuracy_10"]
    assert made.result.plots[0].series


def test_labels_given_on_the_map_are_spread_to_all_images(digits: runs.Run) -> None:
    mu, labels = digits.embedding().mu, digits.embedding().labels
    assert labels is not None
    middles = [np.median(mu[labels == label], axis=0) for label in (0, 1)]
    squares = [f"{x - 0.4:.3f},{y - 0.4:.3f},{x + 0.4:.3f},{y - 0.4:.3f},{x:.3f},{y + 0.4:.3f}" for x, y in middles]
    text = ";".join(f"{label}:{corners}" for label, corners in enumerate(squares))
    made = carry_out("few-labels", digits, {"labels": "map", "outlines": text})
    assert {row["predicted"] for row in rows_of(made.files["predictions.csv"])} == {"0", "1"}
    (figure,) = made.result.figures
    assert figure.title == "Accuracy, the given labels"
    with pytest.raises(ConfigInvalid, match="draw an outline for each class"):
        carry_out("few-labels", digits, {"labels": "map"})


@pytest.mark.parametrize("origin", ["prior", "around"])
def test_drawn_images_go_out_as_a_data_set_that_says_what_it_is(origin: str, digits: runs.Run, tmp_path: Path) -> None:
    given = {"origin": origin, "count": "30", "labels": "2", "ratio": "1", "classifier": "nearest", "seed": "4"}
    made = carry_out("augmentation", digits, given)
    assert made.files.keys() == files_of(made)
    (tmp_path / "generated.npz").write_bytes(made.files["generated.npz"])
    found = find(tmp_path / "generated.npz")
    assert len(found.names) == 30
    assert set(found.columns) == {"generated", "seed", "z_0", "z_1"}
    assert found.columns["generated"][0].startswith(f"{origin} of run digits, seed 4")
    assert set(found.columns["seed"]) == {4}
    assert made.result.verdict.kind in ("chance", "rival", "worth")


def test_an_outline_without_images_is_said(digits: runs.Run) -> None:
    far = {"origin": "around", "outline": "900,900,901,900,901,901", "classifier": "nearest"}
    with pytest.raises(ConfigInvalid, match="no training image lies inside"):
        carry_out("augmentation", digits, far)


def test_methods_are_named_by_what_they_look_at() -> None:
    assert few_labels.method_name("Linear", labelling.features.LATENT) == "Linear in latent space"
    assert few_labels.method_name("Linear", labelling.features.PIXELS) == "Linear on pixels"
