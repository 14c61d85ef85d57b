"""What components are told of one run: plain JSON, with addresses from which they fetch the rest by themselves."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from pages.ui.draw.palette import Look, look_for
from pages.ui.server import urls
from pages.ui.text.run_text import has_beta
from vae_core import runs
from vae_core.runs.records import State


class RunRef(TypedDict):
    """A run as the page names it."""

    id: str
    base: str
    """The address under which everything about the run lies, ends in "/"."""
    step: int | None
    """The newest step that has a decoder, null before the first."""
    state: State
    error: NotRequired[str | None]
    """What is wrong with it, as the page says it."""


class CommonData(TypedDict):
    """What every component is told that shows one run."""

    assets: str
    """The address under which the assets lie, ends in "/"."""
    run: RunRef
    look: Look


class Settings(TypedDict):
    """What was in force at the first step."""

    beta: float | None
    """Null where the objective has none."""
    learning_rate: float


class CurvesData(CommonData):
    """What the live curves are told."""

    latentDim: int
    isDeterministic: bool
    """Whether images are encoded to points: no KL, and reconstruction is the loss."""
    settings: Settings


def common_data(run: runs.Run, status: runs.Status) -> CommonData:
    """All that the verdict needs, and the other components too."""
    step = run.step if run.is_complete else status.live_step
    return {
        "assets": urls.asset_base(),
        "run": {
            "id": run.id,
            "base": urls.run_base(run.id),
            "step": step,
            "state": status.state,
            "error": status.error,
        },
        "look": look_for(run.card.class_count),
    }


def curves_data(run: runs.Run, status: runs.Status) -> CurvesData:
    """Everything the live curves need for one run; they report when it is no longer as this status says."""
    config = run.config
    beta = config.beta if has_beta(config) else None
    return {
        **common_data(run, status),
        "latentDim": config.latent_dim,
        "isDeterministic": config.is_deterministic,
        "settings": {"beta": beta, "learning_rate": config.learning_rate},
    }
