"""The runs, sweeps and data sets that a session may see, how far each run is, and the job manager that trains them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from streamlit import config as streamlit_config

from pages.ui.address import state
from vae_core import jobs, runs
from vae_core.data import kept, registry
from vae_core.data.kept import Kept
from vae_core.errors import LatentStudioError
from vae_core.runs.listing import Entry, index, index_of
from vae_core.sweeps import Sweep, is_driven, records

NO_SWEEP = "none"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_single_user() -> bool:
    """Whether everyone who reaches this server is the same person: VAE_SINGLE_USER, else a loopback address."""
    given = os.environ.get("VAE_SINGLE_USER")
    if given is not None:
        return given.strip().lower() in {"1", "true", "yes", "on"}
    return str(streamlit_config.get_option("server.address") or "") in LOOPBACK


def entries() -> list[Entry]:
    """What is known of the runs that this session may list, without opening them: the shipped ones, then its own,
    newest first (all, for a single user).

    Last come those of the lessons whose address it has come with. Raises DiskRefused.
    """
    held, is_single = set(state.held()), is_single_user()
    own = [each for each in index_of(runs.runs_root()).entries() if is_single or each.id in held]
    return [*_that_ship(runs.SHIPPED), *own, *_that_ship(tuple(each for each in state.held() if each in runs.LESSONS))]


@lru_cache(maxsize=16)
def _that_ship(ids: tuple[str, ...]) -> list[Entry]:
    found = (index.read(runs.open_run(run_id).directory) for run_id in ids)
    return [each for each in found if each]


def by_id() -> dict[str, runs.Run]:
    """The runs of `entries`, not verified; what cannot be opened is left out."""
    found = {}
    for each in entries():
        with suppress(LatentStudioError):
            found[each.id] = index.open_listed(each)
    return found


def adopt_address() -> None:
    """`state.adopt_address`, and the run that trains here even while its folder is away."""
    state.adopt_address()
    if manager().is_active(run_id := state.in_address("training")):
        state.hold(run_id)


def sweeps() -> dict[str, Sweep]:
    """The sweeps that this session may see by their ids, newest first. Raises DiskRefused."""
    held, is_single = {*state.held(), state.in_address("sweep")}, is_single_user()
    return {each.id: each for each in records.all_sweeps(runs.runs_root()) if is_single or each.id in held}


def hold_sweep(sweep: Sweep) -> None:
    """Let this session see a sweep and its runs: whoever knows its id could work out theirs."""
    state.hold(sweep.id)
    for planned in sweep.runs():
        state.hold(planned.run_id)


def show_sweep(sweep: Sweep) -> None:
    """Callback: Compare is about this sweep when it is opened next."""
    hold_sweep(sweep)
    state.keep_choice("sweep", sweep.id, NO_SWEEP)


def is_sweep_running(sweep: Sweep) -> bool:
    """Whether some process runs it now."""
    return is_driven(sweep.id, runs.runs_root())


def added_data() -> list[Kept]:
    """Of those that were added, the ones that this session may see, by name."""
    everything = kept.everything(registry.data_root())
    return [each for each in everything if is_single_user() or each.id in state.held_data()]


def dataset_names() -> list[str]:
    """All that this session may learn from: what is here, then what has to be downloaded."""
    here = [name for name in registry.DATASETS if registry.is_available(name)]
    away = [name for name in registry.DATASETS if name not in here]
    return [*here, *(each.card.name for each in added_data()), *away]


def manager() -> jobs.JobManager:
    """The server's one job manager."""
    return jobs.shared()


def status(run: runs.Run) -> runs.Status:
    """How far a run is; one whose writes the disk refuses is paused, and its error is the disk's sentence.

    Such a run cannot always write that down itself. Nor can one that nobody trains any more: that has failed from here
    on. Raises CheckpointDamaged.
    """
    written = run.status()
    if written.is_final:
        return written
    if reason := manager().blocked(run.id):
        return replace(written, state="paused", error=reason)
    return written if is_elsewhere(run) else run.status()


def is_elsewhere(run: runs.Run) -> bool:
    """Whether a run is in the hands of another server or process, which alone can pause and stop it."""
    return manager().is_elsewhere(run.id)


def why_away(run_id: str, error: LatentStudioError) -> str:
    """Why a run cannot be read: the disk's sentence if it trains here and waits for the disk, else the error's own."""
    return manager().blocked(run_id) or str(error)
