"""What pages share and what is computed once: runs one may see, data sets at hand, the job manager, downloads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from streamlit import config as streamlit_config

from pages.ui.address import state
from pages.ui.server.browser_runtime import ROOT
from vae_core import jobs, runs
from vae_core.architecture.onnx_graph import Weights
from vae_core.architecture.onnx_models import decoder_onnx, encoder_onnx
from vae_core.config import TrainConfig
from vae_core.data import registry
from vae_core.data.held_out_class import seen
from vae_core.errors import DatasetMissing

Export = Callable[[TrainConfig, Weights, int | None], bytes]

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_single_user() -> bool:
    """Whether everyone who reaches this server is the same person: VAE_SINGLE_USER, else a loopback address."""
    given = os.environ.get("VAE_SINGLE_USER")
    if given is not None:
        return given.strip().lower() in {"1", "true", "yes", "on"}
    return str(streamlit_config.get_option("server.address") or "") in LOOPBACK


def visible_runs() -> dict[str, runs.Run]:
    """Runs that this session may list: the shipped ones, then its own, newest first (all, for a single user).

    Last come those of the lessons whose address it has come with.
    """
    held = state.held()
    shipped = [runs.open_run(run_id) for run_id in runs.SHIPPED]
    own = [run for run in runs.list_runs() if is_single_user() or run.id in held]
    lessons = [runs.open_run(run_id) for run_id in held if run_id in runs.LESSONS]
    return {run.id: run for run in [*shipped, *own, *lessons]}


def manager() -> jobs.JobManager:
    """The server's one job manager."""
    return jobs.shared()


def status(run: runs.Run) -> runs.Status:
    """How far a run is; one whose writes the disk refuses is paused, and its error is the disk's sentence.

    Such a run cannot always write that down itself. Raises CheckpointDamaged.
    """
    written = run.status()
    reason = None if written.is_final else manager().blocked(run.id)
    return replace(written, state="paused", error=reason) if reason else written


class Download:
    """One data set on its way, in a process of its own so that the server never imports torchvision."""

    def __init__(self, name: str) -> None:
        """Start downloading."""
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vae_core", "download", name],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def is_running(self) -> bool:
        """Whether the process still works."""
        return self._process.poll() is None

    @property
    def share(self) -> float:
        """Part of the bytes that has arrived, 0 to 1."""
        return min(1.0, registry.downloaded_bytes(self.name) / max(1, registry.DATASETS[self.name].download_bytes))

    def error(self) -> str | None:
        """Why it failed, in one sentence; None if it did not. Waits for the end."""
        _, messages = self._process.communicate()
        if self._process.returncode == 0:
            return None
        return messages.strip().splitlines()[-1] if messages.strip() else f"{self.name} could not be downloaded"


_downloads: dict[str, Download] = {}
_downloads_lock = threading.Lock()


def download(name: str) -> Download:
    """The download of a data set that is on its way, or a new one: two visitors never fetch the same files twice."""
    with _downloads_lock:
        current = _downloads.get(name)
        if current is None or not current.is_running:
            current = _downloads[name] = Download(name)
        return current


def running_download(name: str) -> Download | None:
    """The download of that name if it is on its way."""
    current = _downloads.get(name)
    return current if current and current.is_running else None


def has_images(run: runs.Run) -> bool:
    """Whether the real images behind a run's map are on this machine."""
    return registry.is_available(run.config.dataset)


def expect_images(run: runs.Run) -> None:
    """Raises DatasetMissing while the data set is not on this machine."""
    if not has_images(run):
        title = registry.DATASETS[run.config.dataset].title
        raise DatasetMissing(f"{title} is not on this machine; download it on the Explore page to see real images")


@lru_cache(maxsize=32)
def _seen_images(dataset: str, left_out_class: str) -> int:
    return len(seen(registry.load(dataset, "train"), left_out_class))


def train_images(config: TrainConfig) -> int | None:
    """How many images a training learns from; None if only the data set can tell and it is not on this machine.

    Raises DatasetDamaged.
    """
    if config.left_out_class == "none":
        return registry.DATASETS[config.dataset].train_size
    return _seen_images(config.dataset, config.left_out_class) if registry.is_available(config.dataset) else None


@lru_cache(maxsize=4)
def _images(dataset: str, split: registry.SplitName, wanted: bytes) -> bytes:
    import numpy as np  # noqa: PLC0415  kept out of the signature's types on purpose: bytes are hashable

    rows = np.frombuffer(wanted, dtype=np.int32)
    return registry.load(dataset, split).images[rows].tobytes()


def embedded_images(run: runs.Run) -> bytes:
    """Real images, one per row of the run's stored embedding: uint8 (N, C, H, W) as bytes.

    Raises DatasetMissing while the data set is not on this machine.
    """
    expect_images(run)
    embedding = run.embedding()
    return _images(run.config.dataset, embedding.split, embedding.index.tobytes())


@lru_cache(maxsize=48)
def _exported(export: Export, run_id: str, _digest: str, label: int | None) -> bytes:
    run = runs.open_run(run_id)
    return export(run.config, run.weights(), label)


def decoder(run: runs.Run, step: int, label: int | None = None) -> bytes:
    """A run's decoder at a step as ONNX; a complete run's is made from its weights once, the same for everyone.

    label: the class to decode for, if the model is conditional and complete; while it trains there is only class 0's.
    Raises as `Run.decoder`, and ShapeMismatch if the model knows no such class.
    """
    if not (run.is_complete and step == run.step):
        return run.decoder(step)
    return _exported(decoder_onnx, run.id, run.digest(), label if run.config.is_conditional else None)


def encoder(run: runs.Run, step: int, label: int | None = None) -> bytes:
    """A run's encoder at a step as ONNX; label: the class that it is told, as in `decoder`. Raises as that."""
    if not (run.is_complete and step == run.step):
        return run.encoder(step)
    return _exported(encoder_onnx, run.id, run.digest(), label if run.config.is_conditional else None)


def warm() -> None:
    """Make the shipped models' decoders before somebody waits for them."""
    for run_id in runs.SHIPPED:
        run = runs.open_run(run_id)
        decoder(run, run.step)


@lru_cache(maxsize=2)
def _whole_embedding(run_id: str, _digest: str) -> bytes:
    # torch is imported here and nowhere else in the server: 2 s and 200 MB, only for whoever asks for all points.
    from vae_core.evaluation import encode_all  # noqa: PLC0415

    return encode_all.embed_split(runs.open_run(run_id), "all")


def whole_embedding(run: runs.Run) -> bytes:
    """The embedding of a finished run's whole data set, training and held-out, as safetensors; computed once."""
    return _whole_embedding(run.id, run.digest())
