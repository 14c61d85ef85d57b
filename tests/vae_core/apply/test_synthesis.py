"""New images: where they are drawn from, whose class they have, and what they are worth."""

import numpy as np
import pytest

from vae_core.apply.labelling.draws import drawn
from vae_core.apply.synthesis import classifying, drawing
from vae_core.apply.synthesis.drawing import Reference, draw
from vae_core.apply.synthesis.origins import AROUND, CLASSES, MIXTURE, ORIGINS, PRIOR
from vae_core.apply.synthesis.rivals import moved, principal_draws
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.errors import ConfigInvalid
from vae_core.model.networks import VAE, build_vae

LABELS = (np.arange(240) % 3).astype(np.uint32)
MU = (np.array([[-4, 0], [4, 0], [0, 6]])[LABELS] + 0.5 * np.random.default_rng(0).standard_normal((240, 2))).astype(
    np.float32
)
KNOWN = Reference(MU, np.full((240, 2), -4, dtype=np.float32), LABELS)


def model(objective: str = "vae") -> VAE:
    return build_vae(parse_config({"dataset": "digits", "hidden_sizes": (6,), "objective": objective}))


@pytest.mark.parametrize("origin", ORIGINS)
def test_draws_are_the_same_for_a_seed_and_others_for_another(origin: str) -> None:
    found, again, other = (draw(model(), origin, 30, KNOWN, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(found.z, again.z)
    np.testing.assert_array_equal(found.images, again.images)
    assert not np.array_equal(found.z, other.z)
    assert found.images.shape == (30, 1, 8, 8)
    assert found.images.dtype == np.uint8
    assert found.labels is not None
    assert set(found.labels) <= {0, 1, 2}


@pytest.mark.parametrize("known", [KNOWN, KNOWN[np.arange(15)]])
def test_draws_of_a_class_lie_where_its_images_do(known: Reference) -> None:
    found = draw(model(), CLASSES, 90, known)
    assert found.labels is not None
    assert np.bincount(found.labels).tolist() == [30, 30, 30]
    assert (drawing.nearest_labels(found.z, KNOWN) == found.labels).mean() > 0.95


def test_draws_around_images_have_their_posteriors_width_and_their_classes() -> None:
    found = draw(model(), AROUND, 960, KNOWN, spread=2.0)
    away = found.z - MU[found.around]
    assert away.std() == pytest.approx(2 * np.exp(-2), rel=0.1)
    np.testing.assert_array_equal(found.labels, LABELS[found.around])
    assert np.bincount(found.around).tolist() == [4] * 240


def test_a_mixtures_draws_lie_where_images_do_and_the_priors_around_zero() -> None:
    mixture, prior = (draw(model(), origin, 200, KNOWN).z for origin in (MIXTURE, PRIOR))
    distance = np.linalg.norm(mixture[:, None] - MU, axis=2).min(axis=1)
    assert np.quantile(distance, 0.9) < 0.6
    assert prior.std() == pytest.approx(1, abs=0.1)


def test_a_conditional_model_is_told_each_class_as_often() -> None:
    found = draw(model("cvae"), PRIOR, 50, KNOWN)
    assert found.labels is not None
    assert np.bincount(found.labels).tolist() == [5] * 10


def test_what_cannot_be_drawn_from_is_said() -> None:
    with pytest.raises(ConfigInvalid, match="an autoencoder has no prior"):
        draw(model("autoencoder"), PRIOR, 5, KNOWN)
    with pytest.raises(ConfigInvalid, match="of no class"):
        draw(model(), CLASSES, 5, Reference(MU, MU, None))
    assert draw(model("autoencoder"), AROUND, 5, Reference(MU, MU, None)).labels is None


def test_moved_images_are_the_same_images_a_little_elsewhere() -> None:
    images = registry.load("digits", "train").images[:6]
    found, labels = moved(images, np.arange(6, dtype=np.uint32), 12, seed=1)
    assert np.bincount(labels).tolist() == [2] * 6
    for image, label in zip(found, labels, strict=True):
        assert image.mean() == pytest.approx(images[label].mean(), rel=0.35)
    assert not np.array_equal(found, images[labels])


def test_principal_draws_have_each_classs_mean() -> None:
    data = registry.load("digits", "train")
    rows = np.flatnonzero(np.isin(data.labels, [0, 1]))[:200]
    images, labels = data.images[rows], data.labels[rows] if data.labels is not None else LABELS
    found, told = principal_draws(images, labels, 400)
    for label in (0, 1):
        mean, expected = found[told == label].mean(axis=0), images[labels == label].mean(axis=0)
        assert np.abs(mean - expected).mean() < 8


def test_a_classifier_is_asked_with_and_without_each_kind_of_images() -> None:
    data = registry.load("digits", "train")[np.arange(300)]
    assert data.labels is not None
    made = model()
    images = classifying.Images(
        data.images, data.labels, data.images, data.labels, drawing.reference(made, data.images, data.labels)
    )
    some = drawn(data.labels.astype(np.int64), 300, 3, 2)
    found = classifying.accuracies(made, images, some, ratio=1, spread=1.0, classifier="nearest")
    assert found.keys() == {*classifying.OURS.values(), classifying.WITHOUT, classifying.MOVED, classifying.PCA}
    assert all(len(values) == 2 for values in found.values())
    assert min(found[classifying.WITHOUT]) > 0.4
