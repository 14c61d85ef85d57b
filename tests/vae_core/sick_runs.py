"""Runs made to be sick by real training on digits, and healthy ones of many kinds: what each is to be called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.small_runs import trained
from vae_core.config import parse_config, total_steps
from vae_core.data import registry
from vae_core.data.source import DataCard, Split, SplitName
from vae_core.health.verdict import Verdict, verdict
from vae_core.runs import Run
from vae_core.worker.publish_schedule import PublishSchedule

Change = Callable[[Split], Split]
ROWS = 24


def first_hundred(split: Split) -> Split:
    return Split(split.images[:100], split.labels[:100])


def all_black(split: Split) -> Split:
    return Split(split.images * 0, split.labels)


def low_contrast(split: Split) -> Split:
    return Split(102 + split.images // 5, split.labels)


def black_and_white(split: Split) -> Split:
    return Split(np.where(split.images > 127, 255, 0).astype(np.uint8), split.labels)


@dataclass(frozen=True)
class Case:
    """settings: beyond those of a small, short run. change: what is done to the training images."""

    settings: dict[str, Any] = field(default_factory=dict)
    change: Change | None = None
    images: int = 1500


SICK = {
    "collapsed": Case({"objective": "beta-vae", "beta": 100.0, "epochs": 20}),
    "no-pressure": Case({"objective": "beta-vae", "beta": 0.0, "epochs": 20}),
    "learning-rate": Case({"learning_rate": 0.3, "schedule": "constant", "epochs": 10}),
    "overfitted": Case({"hidden_sizes": (256, 128), "epochs": 500}, first_hundred, 100),
    "dead-data": Case({"epochs": 10}, all_black),
    "likelihood": Case({"likelihood": "gaussian", "gaussian_sigma": 2.0, "epochs": 20}),
}
"""One run for each condition, by the name that it is to be given."""

HEALTHY = {
    "VAE": Case(),
    "convolutions": Case({"architecture": "conv", "channels": (8, 16), "learning_rate": 3e-3, "epochs": 60}),
    "learned σ": Case({"likelihood": "gaussian-learned"}),
    "conditional": Case({"objective": "cvae"}),
    "autoencoder": Case({"objective": "autoencoder", "epochs": 30}),
    "full posterior, warm-up": Case({"posterior": "full", "beta_schedule": "warm-up"}),
}


def train_case(case: Case, root: Path, **settings: Any) -> Run:
    """The run of a case; settings replace those of a small, short one."""
    small = {"hidden_sizes": (64, 32), "epochs": 50, "device": "cpu", **case.settings}
    config = parse_config({**small, **settings})
    images_of = registry.images_of

    def changed(card: DataCard, split: SplitName, root: Path | None = None) -> Split:
        found = images_of(card, split, root)
        return case.change(found) if case.change and split == "train" else found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "images_of", changed)
        return trained(
            config, root, schedule=PublishSchedule.by_steps(max(1, total_steps(config, case.images) // ROWS))
        )


def verdict_on(run: Run) -> Verdict:
    """As the pages give it."""
    status = run.status()
    evaluation = run.evaluation() if run.is_complete else None
    return verdict(
        run.metrics()[0], run.config, run.card, evaluation, diverged_step=status.diverged_step, is_over=status.is_final
    )
