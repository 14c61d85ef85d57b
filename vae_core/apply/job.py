"""One use of one run: what a part is given, and how it is carried out. No torch, but what the part itself loads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from vae_core.apply.parts import part as part_of
from vae_core.apply.record import Made
from vae_core.errors import RunMissing
from vae_core.runs import Run

Report = Callable[[float, str], None]
"""Told the share of the work that is done, 0 to 1, and what comes next."""


@dataclass(frozen=True)
class Job:
    """run: complete. settings: all of the part's, see `Part.settings`. root: where data sets lie; None: as usual."""

    run: Run
    settings: Mapping[str, str]
    root: Path | None
    report: Report

    def count(self, name: str) -> int:
        """A setting that is a whole number."""
        return int(self.settings[name])

    def number(self, name: str) -> float:
        """A setting that is a number."""
        return float(self.settings[name])


def carry_out(
    name: str,
    run: Run,
    given: Mapping[str, str],
    root: Path | None = None,
    report: Report = lambda share, what: None,
) -> Made:
    """Puts a complete run to a use, with settings as given or as usual.

    Raises ConfigInvalid for a part or a setting that is none, RunMissing where this run cannot do it, DatasetError, and
    what reading a run raises.
    """
    part = part_of(name)
    if not run.is_complete:
        raise RunMissing(run.why_no_model())
    if reason := part.why_not(run):
        raise RunMissing(f"{part.title}: {reason[0].lower()}{reason[1:]}".removesuffix("."))
    job = Job(run, part.settings(run, given), root or run.data_root(), report)
    began = time.perf_counter()
    made: Made = import_module(part.module).apply(job)
    seconds = round(time.perf_counter() - began, 2)
    result = replace(made.result, part=name, run=run.id, settings=dict(job.settings), seconds=seconds)
    return replace(made, result=result)
