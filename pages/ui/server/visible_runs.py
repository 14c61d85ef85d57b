"""The runs and data sets that a session may see, how far each run is, and the job manager that trains them."""

from __future__ import annotations

import os
from dataclasses import replace

from streamlit import config as streamlit_config

from pages.ui.address import state
from vae_core import jobs, runs
from vae_core.data import kept, registry
from vae_core.data.kept import Kept
from vae_core.errors import LatentStudioError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_single_user() -> bool:
    """Whether everyone who reaches this server is the same person: VAE_SINGLE_USER, else a loopback address."""
    given = os.environ.get("VAE_SINGLE_USER")
    if given is not None:
        return given.strip().lower() in {"1", "true", "yes", "on"}
    return str(streamlit_config.get_option("server.address") or "") in LOOPBACK


def by_id() -> dict[str, runs.Run]:
    """Runs that this session may list: the shipped ones, then its own, newest first (all, for a single user).

    Last come those of the lessons whose address it has come with.
    """
    held = state.held()
    shipped = [runs.open_run(run_id) for run_id in runs.SHIPPED]
    own = [run for run in runs.list_runs() if is_single_user() or run.id in held]
    lessons = [runs.open_run(run_id) for run_id in held if run_id in runs.LESSONS]
    return {run.id: run for run in [*shipped, *own, *lessons]}


def adopt_address() -> None:
    """`state.adopt_address`, and the run that trains here even while its folder is away."""
    state.adopt_address()
    if manager().is_active(run_id := state.in_address("training")):
        state.hold(run_id)


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
