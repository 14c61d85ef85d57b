"""The lessons' models: that they ship whole and small, show what they are for, and come out the same again."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.vae_core import small_runs
from vae_core import config, runs
from vae_core.cli import lesson_facts, pretraining
from vae_core.cli.main import main
from vae_core.data import registry
from vae_core.errors import CheckpointDamaged
from vae_core.evaluation import evaluate
from vae_core.latent import aggregate_posterior
from vae_core.model.networks import build_vae, load_weights
from vae_core.runs import lesson_records, pretrained, records
from vae_core.runs.pretrained import LESSON_AUTOENCODER, LESSON_BETAS, LESSONS, LESSONS_ROOT, lesson_id


@pytest.fixture
def by_beta() -> list[runs.Run]:
    return [runs.open_run(lesson_id(beta)) for beta in LESSON_BETAS]


def held_out(run: runs.Run, name: str) -> float:
    return float(getattr(run.evaluation().held_out, name))


@pytest.mark.parametrize("run_id", LESSONS)
def test_every_lesson_model_is_whole_and_is_what_its_settings_say(run_id: str) -> None:
    run = runs.open_run(run_id)
    run.verify()
    assert run.shipped
    assert run.config == lesson_records.CONFIGS[run_id]
    assert run.evaluation().held_out.images == len(run.embedding().mu) == 10_000
    assert run.decoder()


def test_all_together_are_at_most_ten_megabytes() -> None:
    assert sum(path.stat().st_size for path in LESSONS_ROOT.rglob("*") if path.is_file()) <= 10_000_000


def test_they_are_listed_nowhere_but_open_by_their_ids() -> None:
    assert not set(LESSONS) & {run.id for run in runs.list_runs()}
    assert not set(LESSONS) & set(runs.SHIPPED)
    assert pretrained.directory_of("lesson-beta-3") is None


def test_a_higher_beta_never_has_the_higher_rate_nor_the_lower_distortion(by_beta: list[runs.Run]) -> None:
    rates = [held_out(run, "kl_nats") for run in by_beta]
    distortions = [held_out(run, "reconstruction_nats") for run in by_beta]
    assert rates == sorted(rates, reverse=True)
    assert distortions == sorted(distortions)


def test_one_end_is_collapsed_and_the_other_runs_away(by_beta: list[runs.Run]) -> None:
    first, last = by_beta[0], by_beta[-1]
    assert held_out(last, "active_units") == 0
    assert held_out(last, "kl_nats") < 0.1
    assert np.exp(first.embedding().logvar / 2).mean() < 0.05
    assert np.abs(first.embedding().mu).max() > 8


def test_the_bound_is_tightest_around_beta_one_and_grows_towards_both_ends(by_beta: list[runs.Run]) -> None:
    bounds = [held_out(run, "negative_elbo_nats") for run in by_beta]
    one = LESSON_BETAS.index(1)
    assert bounds[one] - min(bounds) < 0.5
    assert bounds[0] > bounds[one]
    assert bounds[one:] == sorted(bounds[one:])


def test_only_the_vae_of_the_three_that_are_compared_fills_the_prior() -> None:
    point, region, distribution = (
        lesson_records.facts()[run_id].prior_share_in_smoothed_holes for run_id in lesson_records.COMPARED
    )
    assert min(point, region) > 10 * distribution


def test_fewer_images_mean_a_wider_gap_to_the_held_out_ones() -> None:
    for run_id in lesson_records.COMPARED:
        shrunk = lesson_records.facts()[run_id].shrunk
        assert [each.images for each in shrunk] == list(lesson_facts.SIZES)
        gaps = [each.held_out_reconstruction_nats - each.train_reconstruction_nats for each in shrunk]
        assert gaps[0] > 5 * abs(gaps[-1])


def test_something_is_told_of_every_lesson_model() -> None:
    assert set(lesson_records.facts()) == set(lesson_records.timing().epoch_s) == set(LESSONS)
    assert all(seconds > 0 for seconds in lesson_records.timing().epoch_s.values())


@pytest.mark.parametrize("run_id", LESSONS)
def test_what_is_told_belongs_to_the_run(run_id: str) -> None:
    told, run = lesson_records.facts()[run_id], runs.open_run(run_id)
    embedding = run.embedding()
    assert told.parameters == sum(array.size for array in run.weights().values())
    smoothed = aggregate_posterior.smoothed(embedding.mu, embedding.logvar)
    assert told.prior_share_in_smoothed_holes == pytest.approx(
        aggregate_posterior.prior_share_in_holes(embedding.mu, smoothed)
    )
    assert 0 < told.reconstructed_undecided_nats < math.log(2)


@pytest.mark.parametrize("run_id", [LESSON_AUTOENCODER, lesson_id(0.25)])
def test_its_figures_can_be_measured_again(run_id: str, mnist_root: Path) -> None:
    run, images = runs.open_run(run_id), registry.load("mnist", "held-out", mnist_root).images
    model = build_vae(run.config)
    load_weights(model, run.weights())
    again = evaluate(model, torch.from_numpy(images))
    assert again.reconstruction_nats == pytest.approx(held_out(run, "reconstruction_nats"), rel=1e-4)
    assert again.kl_nats == pytest.approx(held_out(run, "kl_nats"), rel=1e-4)


def test_an_undecided_pixel_is_worth_log_two_and_a_decided_one_nothing() -> None:
    assert lesson_facts.undecided_nats(torch.full((2, 1, 3, 3), 0.5)) == pytest.approx(math.log(2))
    assert lesson_facts.undecided_nats(torch.tensor([[[[0.0, 1.0]]]])) == 0
    expected = -(0.2 * math.log(0.2) + 0.8 * math.log(0.8))
    assert lesson_facts.undecided_nats(torch.full((1, 1, 1, 1), 0.2, dtype=torch.float64)) == pytest.approx(expected)


def test_shrinking_takes_the_first_images_and_as_many_steps() -> None:
    images = torch.from_numpy(registry.load("digits", "train").images)
    settings = small_runs.digits(batch_size=50)
    shrunk = lesson_facts.shrink(settings, images, images[1000:], size=120, steps=12)
    assert (shrunk.images, shrunk.steps) == (120, 12)  # four epochs of three steps
    assert shrunk.train_negative_elbo_nats > shrunk.train_reconstruction_nats


@pytest.mark.campaign
def test_making_them_again_leaves_the_same_bytes_but_for_what_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"dataset": "digits", "hidden_sizes": (8,), "epochs": 2, "device": "cpu"}
    ids = {
        run_id: config.parse_config(small | {"beta": beta})
        for run_id, beta in ((lesson_id(0), 0.0), (lesson_id(1), 1.0))
    }
    monkeypatch.setattr(lesson_facts, "CONFIGS", ids)
    monkeypatch.setattr(lesson_facts, "SIZES", (64, 256))
    monkeypatch.setattr(lesson_facts, "STEPS", 8)
    monkeypatch.setattr(lesson_facts, "TIMED_STEPS", 3)
    monkeypatch.setattr(lesson_facts, "DATASET", "digits")
    for run_id, settings in ids.items():
        monkeypatch.setitem(pretraining.CONFIGS, run_id, settings)
    for folder in ("one", "two"):
        assert main(["pretrain", "--lessons", *ids, "--output", str(tmp_path / folder)]) == 0
    one, two = (
        {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        for root in (tmp_path / "one", tmp_path / "two")
    )
    names = [*records.REQUIRED, "data.json", "status.json", "manifest.json"]
    assert one.keys() == two.keys() == {
        Path(lesson_records.FACTS), Path(lesson_records.TIMING),
        *(Path(run_id) / name for run_id in ids for name in names),
    }  # fmt: skip
    assert {path for path in one if one[path] != two[path]} <= {Path(lesson_records.TIMING)}
    assert set(lesson_records.facts(tmp_path / "one")) == set(ids)


def test_facts_that_were_changed_are_refused(tmp_path: Path) -> None:
    values = json.loads((LESSONS_ROOT / lesson_records.FACTS).read_bytes())
    values[LESSON_AUTOENCODER]["prior_share_in_smoothed_holes"] = 0.0
    (tmp_path / lesson_records.FACTS).write_text(json.dumps(values))
    with pytest.raises(CheckpointDamaged, match=r"facts\.json of the lessons"):
        lesson_records.facts(tmp_path)
