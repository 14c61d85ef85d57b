"""A class that training never sees: who still looks at it, and who does not."""

from pathlib import Path

import numpy as np
import torch

from tests.vae_core.small_runs import digits, rows_of, trained
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.data.held_out_class import load_seen, seen
from vae_core.evaluation import evaluate
from vae_core.evaluation.anomaly import left_out_images
from vae_core.model.networks import build_vae, load_weights

DIGITS = registry.source("digits").card
WITHOUT_SEVEN = digits(left_out_class="7")


def test_all_images_but_those_of_the_class_are_seen_in_their_order() -> None:
    held_out = registry.load("digits", "held-out")
    found = load_seen(DIGITS, "7", "held-out")
    assert set(found.labels) == set(range(10)) - {7}
    np.testing.assert_array_equal(found.images, held_out.images[held_out.labels != 7])
    np.testing.assert_array_equal(seen(held_out, "none"), np.arange(297))


def test_a_run_learns_and_is_measured_without_the_class_and_its_map_shows_it_all_the_same(tmp_path: Path) -> None:
    run = trained(WITHOUT_SEVEN, tmp_path)
    train, held_out = (load_seen(run.card, run.config.left_out_class, name) for name in ("train", "held-out"))
    assert rows_of(run)[0]["data"]["images"] == len(train.labels) < 1500
    figures = run.evaluation()
    assert figures.train
    assert (figures.train.images, figures.held_out.images) == (len(train.labels), len(held_out.labels))
    model = build_vae(run.config)
    load_weights(model, run.weights())
    again = evaluate(model, torch.from_numpy(held_out.images))
    assert figures.held_out.negative_elbo_nats == again.negative_elbo_nats
    embedding = run.embedding()
    assert 7 in embedding.labels
    np.testing.assert_array_equal(embedding.labels, registry.load("digits", "held-out").labels[embedding.index])


def test_the_class_is_foreign_to_the_run_that_never_saw_it_and_to_no_other() -> None:
    ((title, images),) = left_out_images(WITHOUT_SEVEN, DIGITS).items()
    held_out = registry.load("digits", "held-out")
    assert title == "Class 7, left out"
    np.testing.assert_array_equal(images, held_out.images[held_out.labels == 7])
    assert left_out_images(parse_config({}), DIGITS) == {}
