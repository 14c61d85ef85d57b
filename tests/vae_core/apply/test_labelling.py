"""Few labels: who is asked, with which labels, and that figures are scikit-learn's own."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tests.vae_core.run_samples import finish, random_weights, small_config
from vae_core.apply.labelling import draws, giving, learners, m2
from vae_core.apply.labelling.features import LATENT, PIXELS, Seen, seen
from vae_core.apply.labelling.learners import LEARNERS, LINEAR, M2, NEAREST, Lesson
from vae_core.config import parse_config
from vae_core.data import registry
from vae_core.errors import ConfigInvalid
from vae_core.model.networks import build_vae
from vae_core.runs import Run, RunWriter

LABELS = np.random.default_rng(0).integers(0, 3, 200)
ISLANDS = (np.eye(3)[LABELS] * 4 + np.random.default_rng(1).standard_normal((200, 3))).astype(np.float32)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return finish(RunWriter.create(small_config(), tmp_path), random_weights(small_config()))


def looked_at() -> Seen:
    return Seen({LATENT: ISLANDS, PIXELS: ISLANDS}, {LATENT: ISLANDS, PIXELS: ISLANDS}, np.zeros(3), 1.0)


def test_of_each_class_as_many_labels_are_drawn_and_few_are_among_more() -> None:
    few, more = (draws.drawn(LABELS, 50, count, 5, seed=3) for count in (2, 20))
    for one, other in zip(few, more, strict=True):
        assert np.bincount(LABELS[one.known]).tolist() == [2, 2, 2]
        assert set(one.known) <= set(other.known)
        np.testing.assert_array_equal(one.tested, other.tested)
    assert sorted(np.concatenate([each.tested for each in few]).tolist()) == list(range(50))
    assert len({tuple(each.known) for each in few}) == 5


def test_all_labels_are_taken_where_a_class_has_fewer_and_too_little_is_refused() -> None:
    assert len(draws.drawn(np.array([0, 0, 1]), 9, 100, 3)[0].known) == 3
    with pytest.raises(ConfigInvalid, match="labels of two classes"):
        draws.drawn(np.zeros(9, dtype=np.int64), 9, 1, 3)
    with pytest.raises(ConfigInvalid, match="leave images outside"):
        draws.given(np.arange(3), np.array([0, 1, 1]), 2, 5)


def test_of_given_labels_each_draw_has_four_fifths_of_every_class() -> None:
    found = draws.given(np.arange(100, 120), np.repeat([0, 4], 10), 30, 5)
    assert {len(each.known) for each in found} == {16}
    assert all((each.known >= 110).sum() == 8 for each in found)


@pytest.mark.parametrize(
    ("name", "theirs"), [(NEAREST, KNeighborsClassifier(5)), (LINEAR, LogisticRegression(max_iter=300))]
)
def test_accuracies_are_scikit_learns(name: str, theirs: KNeighborsClassifier | LogisticRegression) -> None:
    some = draws.drawn(LABELS, 200, 10, 5)
    found = draws.accuracies(looked_at(), some, LABELS, LABELS, learner=name, kind=LATENT)
    for accuracy, each in zip(found, some, strict=True):
        fitted = theirs.fit(ISLANDS[each.known], LABELS[each.known])
        assert accuracy == pytest.approx(fitted.score(ISLANDS[each.tested], LABELS[each.tested]), abs=1e-6)


def test_m2_reads_what_has_no_label_and_says_the_same_for_a_seed() -> None:
    known = np.array([np.argmax(each == LABELS) for each in range(3)])
    found = m2.probabilities(ISLANDS, known, LABELS[known], ISLANDS, 3, steps=150)
    assert (found.argmax(axis=1) == LABELS).mean() > 0.9
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_array_equal(found, m2.probabilities(ISLANDS, known, LABELS[known], ISLANDS, 3, steps=150))


def test_a_class_without_a_label_is_never_guessed_and_has_its_place() -> None:
    known = np.flatnonzero(LABELS != 1)[:20]
    for name in (NEAREST, LINEAR):
        shares = LEARNERS[name](Lesson(ISLANDS, known, LABELS[known], 4), ISLANDS)
        assert shares.shape == (200, 4)
        assert not shares[:, [1, 3]].any()


def test_chance_is_the_most_frequent_class() -> None:
    truth = np.array([0, 0, 0, 1, 2, 0])
    some = [draws.Draw(np.arange(2), np.array([0, 3])), draws.Draw(np.arange(2), np.array([3, 4]))]
    assert draws.most_frequent(some, truth) == (0.5, 0.0)


def test_m2_is_tried_everywhere_only_where_the_verdict_is_passed() -> None:
    assert draws.is_tried(M2, LATENT, is_judged=False)
    assert not draws.is_tried(M2, PIXELS, is_judged=False)
    assert draws.is_tried(M2, PIXELS, is_judged=True)
    assert draws.is_tried(LINEAR, PIXELS, is_judged=False)


def test_features_are_shifted_and_scaled_as_a_whole() -> None:
    images = registry.load("digits", "train").images[:60]
    found = seen(build_vae(parse_config({"hidden_sizes": (4,)})), images, images[:7])
    for name, each in found.pool.items():
        assert each.var(axis=0).mean() == pytest.approx(1, abs=1e-3), name
        np.testing.assert_allclose(each[:7], found.tested[name], rtol=1e-4, atol=1e-4)
    ratio = found.pool[PIXELS].std(axis=0) / (images.reshape(60, -1) / 255).std(axis=0).clip(1e-9)
    assert np.ptp(ratio[ratio > 1e-6]) < 1e-3


def test_images_inside_an_outline_have_its_class_and_the_last_outline_counts(run: Run) -> None:
    mu = np.array([[0, 0], [1, 1], [5, 5], [9, 9]], dtype=np.float32)
    text = "3:-2,-2,3,-2,3,3,-2,3;7:0.5,0.5,6,0.5,6,6,0.5,6"
    assert giving.labelled(run, mu, text).tolist() == [3, 7, 7, -1]
    assert giving.written(giving.parsed(text)) == text
    assert giving.labelled(run, mu, "").tolist() == [-1] * 4


@pytest.mark.parametrize(("text", "words"), [("3:1,2", "draw them anew"), ("77:0,0,1,0,1,1", "classes 0 to 9")])
def test_outlines_that_cannot_be_are_refused(text: str, words: str, run: Run) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        giving.labelled(run, np.zeros((1, 2), dtype=np.float32), text)


def test_a_model_that_is_told_the_class_is_not_asked_for_it(run: Run) -> None:
    told = Run(run.id, run.directory, parse_config({"objective": "cvae"}), run.card)
    assert "told each image's class" in giving.why_not(told)
    assert giving.why_not(run) == ""


def test_all_learners_are_named_once() -> None:
    assert set(LEARNERS) == {learners.NEAREST, learners.LINEAR, learners.M2}
