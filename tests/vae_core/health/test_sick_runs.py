"""The verdict on real trainings: each run made sick is named rightly, and healthy ones are left in peace."""

from pathlib import Path

import pytest

from tests.vae_core.sick_runs import HEALTHY, SICK, Case, black_and_white, low_contrast, train_case, verdict_on
from vae_core import runs
from vae_core.health.verdict import verdict


@pytest.mark.campaign
@pytest.mark.parametrize("condition", SICK)
def test_a_run_made_sick_is_named_rightly_and_offered_something_better(condition: str, tmp_path: Path) -> None:
    run = train_case(SICK[condition], tmp_path)
    found = verdict_on(run)
    assert found.condition == condition, found.sentence
    assert found.mood == "sick"
    if condition != "dead-data":  # of which no setting is the cause
        assert 1 <= len(found.changes) <= 2
        assert all(change.applied_to(run.config) != run.config for change in found.changes)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", HEALTHY)
def test_healthy_runs_of_many_kinds_are_called_healthy(kind: str, tmp_path: Path) -> None:
    found = verdict_on(train_case(HEALTHY[kind], tmp_path))
    assert found.condition == "healthy", found.sentence
    assert found.changes == ()


@pytest.mark.parametrize("name", runs.SHIPPED)
def test_the_shipped_models_are_healthy_from_the_first_verdict_to_the_last(name: str) -> None:
    run = runs.open_run(name)
    assert verdict_on(run).condition == "healthy"
    rows = run.metrics()[0]
    told = [verdict(rows[: count + 1], run.config, run.card).condition for count in range(len(rows))]
    assert told[0] == "early"
    assert set(told) == {"early", "healthy"}
    assert told == sorted(told), "early, and from then on healthy"


@pytest.mark.campaign
@pytest.mark.parametrize(
    "case",
    [
        Case({"epochs": 8}, low_contrast),
        Case({"likelihood": "continuous-bernoulli", "epochs": 8}, black_and_white),
        Case({"likelihood": "gaussian", "gaussian_sigma": 0.01, "epochs": 20}),
    ],
    ids=["Bernoulli on greys", "a density on black and white", "a pixel σ far too small"],
)
def test_other_likelihoods_that_do_not_fit_are_named_so_too(case: Case, tmp_path: Path) -> None:
    assert verdict_on(train_case(case, tmp_path)).condition == "likelihood"


@pytest.mark.torture
def test_a_rate_too_high_to_keep_what_was_learnt_is_to_blame_for_the_collapse_that_follows(tmp_path: Path) -> None:
    found = verdict_on(train_case(Case({"learning_rate": 0.1, "epochs": 60}), tmp_path))
    assert found.condition == "learning-rate"
    assert "rose by" in found.sentence
    assert any("No dimension carries anything" in sentence for sentence in found.also)


@pytest.mark.torture
@pytest.mark.parametrize("condition", SICK)
def test_at_full_size_and_length_sick_runs_are_named_rightly_too(condition: str, tmp_path: Path) -> None:
    run = train_case(SICK[condition], tmp_path, hidden_sizes=(512, 256), epochs=400)
    assert verdict_on(run).condition == condition


@pytest.mark.torture
@pytest.mark.parametrize("kind", HEALTHY)
def test_at_full_size_healthy_runs_are_healthy_too(kind: str, tmp_path: Path) -> None:
    assert verdict_on(train_case(HEALTHY[kind], tmp_path, hidden_sizes=(128, 64), epochs=200)).condition == "healthy"
