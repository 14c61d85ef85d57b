"""What simple classifiers read from latent spaces that were made so that the answer is known."""

import numpy as np
import pytest

from vae_core.evaluation.probes import probe

RNG = np.random.default_rng(0)


def test_classes_far_apart_are_read_without_a_mistake() -> None:
    labels = np.repeat(np.arange(4, dtype=np.uint8), 50)
    corners = np.array([[0, 0], [0, 9], [9, 0], [9, 9]], dtype=np.float32)
    found = probe(corners[labels] + 0.1 * RNG.standard_normal((200, 2)).astype(np.float32), labels)
    assert found is not None
    assert (found.knn.mean, found.linear.mean, found.chance) == (1.0, 1.0, 0.25)
    assert (found.images, found.folds) == (200, 5)


def test_a_ring_around_a_dot_is_read_by_neighbours_and_not_by_a_line() -> None:
    angle = RNG.uniform(0, 2 * np.pi, 300)
    labels = np.repeat(np.array([0, 1], dtype=np.uint8), 150)
    radius = np.where(labels, 3.0, 0.5)
    found = probe(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]).astype(np.float32), labels)
    assert found is not None
    assert found.knn.mean == 1.0
    assert found.linear.mean < 0.7


def test_where_the_space_says_nothing_of_the_class_accuracy_is_chance() -> None:
    labels = np.repeat(np.arange(2, dtype=np.uint8), 500)
    found = probe(RNG.standard_normal((1000, 2)).astype(np.float32), labels)
    assert found is not None
    assert found.chance == 0.5
    assert found.knn.mean == pytest.approx(0.5, abs=0.08)
    assert found.linear.mean == pytest.approx(0.5, abs=0.08)


def test_overlapping_gaussians_are_read_as_well_as_can_be() -> None:
    labels = np.repeat(np.arange(2, dtype=np.uint8), 1500)
    found = probe((RNG.standard_normal((3000, 1)) + 2.0 * labels[:, None]).astype(np.float32), labels)
    assert found is not None
    assert found.linear.mean == pytest.approx(0.8413, abs=0.02)  # Φ(1)


def test_one_class_alone_cannot_be_told_from_others() -> None:
    assert probe(np.zeros((20, 2), dtype=np.float32), np.zeros(20, dtype=np.uint8)) is None


def test_a_class_of_one_image_is_left_out() -> None:
    labels = np.array([0] * 10 + [1] * 10 + [2], dtype=np.uint8)
    found = probe(np.column_stack([labels, labels]).astype(np.float32), labels)
    assert found is not None
    assert found.images == 20
