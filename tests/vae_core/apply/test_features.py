"""Features and reduction: the table that goes out, and figures as scikit-learn has them."""

import io

import numpy as np
import pytest
import torch
from pyarrow import parquet
from sklearn.datasets import load_iris
from sklearn.manifold import trustworthiness
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from vae_core import runs
from vae_core.apply import features, neighbourhoods
from vae_core.apply.features import encoded
from vae_core.apply.job import carry_out
from vae_core.apply.neighbourhoods import guessing, kept_neighbours
from vae_core.apply.record import Made
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.data.source import Split
from vae_core.errors import ConfigInvalid
from vae_core.evaluation import encode_all
from vae_core.model.networks import VAE, as_tensor, build_vae

IRIS, SPECIES = load_iris(return_X_y=True)


def model(**settings: object) -> VAE:
    return build_vae(parse_config({"hidden_sizes": (8,), "device": "cpu", **settings}))


@pytest.fixture(scope="module")
def digits() -> Split:
    return registry.load("digits", "held-out")


@pytest.fixture(scope="module")
def made() -> Made:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbourhoods, "tsne", neighbourhoods.pca)  # seconds
        return carry_out("features", runs.open_run("digits"), {})


def test_figures_are_scikit_learns_own() -> None:
    places = neighbourhoods.pca(IRIS, 2, 0)
    found = kept_neighbours(IRIS, places, SPECIES.astype(np.uint32), seed=3)
    assert found["trustworthiness"] == pytest.approx(trustworthiness(IRIS, places, n_neighbors=10), abs=1e-12)
    assert found["continuity"] == pytest.approx(trustworthiness(places, IRIS, n_neighbors=10), abs=1e-12)
    folds = KFold(5, shuffle=True, random_state=3)
    expected = cross_val_score(KNeighborsClassifier(10), places, SPECIES, cv=folds).mean()
    assert found["classes"] == pytest.approx(expected, abs=1e-12)


def test_a_map_that_is_the_images_keeps_all_neighbours_and_noise_keeps_few() -> None:
    images = np.random.default_rng(0).random((60, 5))
    kept = kept_neighbours(images, 3 * images, None)
    assert kept == {"trustworthiness": 1.0, "continuity": 1.0, "shared": 1.0}
    assert guessing(images, 2, None, 0)["shared"] < 0.4


def test_guessing_names_the_most_frequent_class() -> None:
    labels = np.array([0] * 30 + [1] * 20, dtype=np.uint32)
    assert guessing(np.random.default_rng(0).random((50, 5)), 2, labels, 0)["classes"] == 0.6


def test_means_are_those_of_the_map(digits: Split) -> None:
    built = model(objective="cvae")
    mu, _ = encode_all.encode(built, torch.from_numpy(digits.images), as_tensor(digits.labels))
    np.testing.assert_array_equal(encoded(built, digits, "mean", is_own=True), mu)
    assert (encoded(built, digits, "mean", is_own=False) != mu).any()  # labels of other images mean nothing to it


@pytest.mark.parametrize("settings", [{}, {"objective": "m2"}, {"architecture": "conv"}])
def test_the_layer_before_makes_the_means_by_the_encoders_last_layer(settings: dict[str, object]) -> None:
    built, few = model(**settings), registry.load("digits", "held-out")[np.arange(20)]
    layer = encoded(built, few, "layer", is_own=False)
    with torch.no_grad():
        head = built.encoder[-1](torch.from_numpy(layer))
    np.testing.assert_allclose(head[:, :2], encoded(built, few, "mean", is_own=False), atol=1e-5)


def test_draws_scatter_around_their_means_and_come_out_the_same_each_time(digits: Split) -> None:
    built = model()
    draws = encoded(built, digits, "sample", is_own=True)
    np.testing.assert_array_equal(draws, encoded(built, digits, "sample", is_own=True))
    assert np.abs(draws - encoded(built, digits, "mean", is_own=True)).mean() > 0.1


def test_the_table_has_a_row_for_each_image(made: Made, digits: Split) -> None:
    table = parquet.read_table(io.BytesIO(made.files["features.parquet"]))
    assert table.column_names == ["image", "label", "class", "feature_0", "feature_1"]
    assert table["label"].to_pylist() == digits.labels.tolist()


def test_a_trained_models_map_is_better_than_chance_and_stands_beside_rivals(made: Made) -> None:
    assert made.result.judged == "classes"
    assert made.result.verdict.kind in ("rival", "worth")
    assert {row.method for row in made.result.rows} >= {"Posterior means", "PCA", "t-SNE", "guessing"}
    assert [series.title for series in made.result.plots[0].series][:2] == ["Posterior means", "PCA"]


def test_umap_is_named_where_it_is_missing(made: Made) -> None:
    assert any("pip install umap-learn" in note for note in made.result.notes) != neighbourhoods.has_umap()


def test_too_few_images_are_refused() -> None:
    with pytest.raises(ConfigInvalid, match="expected at least 125 images"):
        features._subsets(100)
    chosen = features._subsets(500)
    assert len(np.unique(np.concatenate(chosen))) == 500
