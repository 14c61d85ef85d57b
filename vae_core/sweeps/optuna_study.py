"""Optuna as a sweep's engine: what comes next by TPE, one aim or several, and points given up while they train.

Optuna keeps nothing: its study is made anew from the sweep's record and its runs, trial by trial in their order, so
that a kill loses none of it. Akiba et al. 2019, 1907.10902; TPE: Bergstra et al. 2011.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from vae_core.errors import ConfigInvalid, LatentStudioError
from vae_core.runs import open_directory
from vae_core.runs.records import read_status
from vae_core.sweeps import outcomes, records
from vae_core.sweeps.records import AIMS, Planned, Sweep
from vae_core.sweeps.space import Choices, Range, rounded

_PRUNED_AFTER_TRIALS = 4
_PRUNED_AFTER_EPOCHS = 1
_ROW_FIGURES: dict[str, Callable[[Mapping[str, Any]], float]] = {
    "negative_elbo_nats": lambda row: row["reconstruction_nats"] + row["kl_nats"],
    "reconstruction_nats": lambda row: row["reconstruction_nats"],
    "kl_nats": lambda row: row["kl_nats"],
    "active_units": lambda row: row["active_units"],
}


class OptunaStudy:
    """The study of a sweep, see `local.Engine`. A trial is a point with all its seeds; its value their median.

    Pruned is by the held-out rows of the first seed's run, at the ends of epochs, against the median of the others.
    """

    def __init__(self, sweep: Sweep, root: Path) -> None:
        self._optuna = optuna = expect_optuna()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._root = root
        pruner = optuna.pruners.MedianPruner(_PRUNED_AFTER_TRIALS, _PRUNED_AFTER_EPOCHS)
        self._study = optuna.create_study(
            directions=[AIMS[aim] for aim in sweep.aims],
            sampler=optuna.samplers.TPESampler(seed=sweep.draw_seed + len(sweep.points)),
            pruner=pruner if sweep.prunes else optuna.pruners.NopPruner(),
        )
        self._distributions = {name: _distribution(optuna, axis) for name, axis in sweep.space.items()}
        self._trials: list[Any] = []
        self._told: set[int] = set()
        self._epochs: dict[int, int] = {}  # reported, by point
        for point in sweep.points:
            self._study.enqueue_trial({name: _as_optuna(value) for name, value in point.items()})
            self._trials.append(self._study.ask(self._distributions))
        self.look(sweep)

    def look(self, sweep: Sweep) -> Sweep:
        """Tells the study what has ended, and gives up points that are worse than the others were as early."""
        by_point: dict[int, list[Planned]] = {}
        for planned in sweep.runs():
            by_point.setdefault(planned.point, []).append(planned)
        for point, runs in by_point.items():
            if point not in self._told and self._is_given_up(point, runs[0], sweep):
                sweep = _give_up(sweep, point, self._root)
                self._tell(point, state=self._optuna.trial.TrialState.PRUNED)
            elif point not in self._told and all(map(self._has_ended, runs)):
                self._tell_values(point, runs, sweep)
        return sweep

    def _is_given_up(self, point: int, first: Planned, sweep: Sweep) -> bool:
        if not sweep.prunes or point in sweep.pruned:
            return point in sweep.pruned
        self._report(point, first, sweep)
        return not self._has_ended(first) and bool(self._trials[point].should_prune())

    def more(self, sweep: Sweep) -> Sweep:
        """Asks for the next point, and writes it down before anything of it begins."""
        trial = self._study.ask(self._distributions)
        self._trials.append(trial)
        point = {name: _from_optuna(trial.params[name], axis) for name, axis in sweep.space.items()}
        return records.change(sweep.id, self._root, lambda now: {"points": (*now.points, point)})

    def _tell(self, point: int, **told: Any) -> None:
        self._told.add(point)
        self._study.tell(self._trials[point], **told)

    def _tell_values(self, point: int, runs: list[Planned], sweep: Sweep) -> None:
        """The median of each aim over the seeds; a point of which nothing is known has failed."""
        figures = [outcomes.figures_of(self._root / each.run_id) for each in runs]
        known = [[each[aim] for each in figures if aim in each] for aim in sweep.aims]
        if all(known):
            self._tell(point, values=[statistics.median(values) for values in known])
        else:
            self._tell(point, state=self._optuna.trial.TrialState.FAIL)

    def _has_ended(self, planned: Planned) -> bool:
        try:
            status = read_status(self._root / planned.run_id)
        except LatentStudioError:
            return False
        return status.state == "finished" or status.diverged_step is not None

    def _report(self, point: int, planned: Planned, sweep: Sweep) -> None:
        """The held-out figure at the end of each epoch that is over."""
        try:
            rows, _ = open_directory(self._root / planned.run_id).metrics()
        except LatentStudioError:  # it has not begun
            return
        held_out = [row for row in rows if row["split"] == "held-out" and row["step"] > 0]
        figure = _ROW_FIGURES[sweep.aims[0]]
        for before, after in pairwise(held_out):
            for epoch in range(max(self._epochs.get(point, 0) + 1, before["epoch"]), after["epoch"]):
                self._trials[point].report(float(figure(before)), epoch)
                self._epochs[point] = epoch


def _give_up(sweep: Sweep, point: int, root: Path) -> Sweep:
    return records.change(sweep.id, root, lambda now: {"pruned": tuple(dict.fromkeys((*now.pruned, point)))})


def expect_optuna() -> Any:
    """The library, which not everybody has. Raises ConfigInvalid with a sentence."""
    try:
        return import_module("optuna")
    except ImportError as error:
        raise ConfigInvalid(
            f"Optuna is not here ({error}); pip install optuna, or take every combination, or random draws"
        ) from None


def _distribution(optuna: Any, axis: Choices | Range) -> Any:
    if isinstance(axis, Choices):
        return optuna.distributions.CategoricalDistribution([_as_optuna(value) for value in axis.values])
    if axis.is_whole:
        return optuna.distributions.IntDistribution(int(axis.low), int(axis.high), log=axis.is_log)
    return optuna.distributions.FloatDistribution(axis.low, axis.high, log=axis.is_log)


def _as_optuna(value: Any) -> Any:
    """Lists are no categories to Optuna: sizes are texts there."""
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else value


def _from_optuna(value: Any, axis: Choices | Range) -> Any:
    if isinstance(axis, Range):
        return rounded(value, axis)
    return next(each for each in axis.values if _as_optuna(each) == value)
