"""Runs sent to trackers of experiments, which are stood in for by modules that write down what they are told."""

import sys
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from vae_core import runs
from vae_core.cli.main import main
from vae_core.errors import ConfigInvalid, RunMissing
from vae_core.interchange.exports import scalars
from vae_core.interchange.exports.trackers import TRACKERS, track


class Told(ModuleType):
    """Takes every call and keeps it: (name, positional arguments, named ones)."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            self.calls.append((name, args, named))
            return self if name == "init" else None

        return call

    @property
    def summary(self) -> Any:
        return self

    @contextmanager
    def start_run(self, run_name: str) -> Any:
        self.calls.append(("start_run", (run_name,), {}))
        yield
        self.calls.append(("end_run", (), {}))

    def named(self, *names: str) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
        return [call for call in self.calls if call[0] in names]


@pytest.fixture
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Told:
    module = Told(request.param)
    monkeypatch.setitem(sys.modules, request.param, module)
    return module


@pytest.mark.parametrize("told", TRACKERS, indirect=True)
def test_a_tracker_is_told_settings_every_step_and_the_figures(told: Told) -> None:
    run = runs.open_run("digits")
    assert main(["export", "digits", "--to", told.__name__]) == 0
    steps = [(args[0], named["step"]) for _, args, named in told.named("log", "log_metrics")]
    moments = [(moment.values, moment.step) for moment in scalars.moments(run)]
    assert steps[: len(moments)] == moments
    assert [step for _, step in steps] == sorted(step for _, step in steps)
    settings = [*(args[0] for _, args, _ in told.named("log_params")), *(n["config"] for *_, n in told.named("init"))]
    assert settings[0]["latent_dim"] == run.config.latent_dim
    figures = [*(args[0] for _, args, _ in told.named("update")), steps[-1][0]]
    assert figures[0]["evaluation.negative_elbo_nats/held-out"] == run.evaluation().held_out.negative_elbo_nats
    assert told.calls[-1][0] in ("finish", "end_run")


@pytest.mark.parametrize("name", TRACKERS)
def test_a_tracker_that_is_not_installed_is_named_with_the_way_to_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing: ModuleType | None = None
    monkeypatch.setitem(sys.modules, name, missing)  # type: ignore[arg-type]  # as if it were not there
    with pytest.raises(RunMissing, match=f"pip install {name}"):
        track(runs.open_run("digits"), name)


def test_an_unknown_tracker_is_refused() -> None:
    with pytest.raises(ConfigInvalid, match="mlflow, wandb, trackio"):
        track(runs.open_run("digits"), "notebook")
