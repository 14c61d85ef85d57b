"""The commands that need torch: train, resume, settle, evaluate, diagnose, pretrain. `main` has their flags."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from vae_core import runs
from vae_core.architecture import memory
from vae_core.cli import lesson_facts, pretraining
from vae_core.cli.together import started_together
from vae_core.config import TrainConfig, parse_config, settings
from vae_core.data import registry
from vae_core.data.held_out_class import expect_seen, load_seen
from vae_core.data.source import DataCard
from vae_core.errors import LatentStudioError, RunError, RunMissing
from vae_core.evaluation import closer_look
from vae_core.evaluation import evaluate as evaluate_model
from vae_core.evaluation.nll import negative_log_likelihood
from vae_core.health.wording import hundredths, sentences
from vae_core.jobs import JobManager, machine
from vae_core.jobs.cluster import Cluster, checked_address
from vae_core.jobs.control import EDITABLE, Control
from vae_core.jobs.queued_run import settle_dead
from vae_core.model.networks import as_tensor, build_vae, load_weights
from vae_core.runs import Run, pretrained, recovery
from vae_core.training import fallback_note, resolve_device
from vae_core.training.ranks import Ranks, check_shared
from vae_core.worker.recorder import follow
from vae_core.worker.training_process import train_run, warm_up

_LINES = 20
"""Of progress, into a file or a pipe."""


class Progress:
    """A progress bar on stderr, fed with what `train_run` reports; keeps the seconds that each epoch took.

    Where stderr is no terminal, it is a line for every twentieth of the steps.
    """

    def __init__(self) -> None:
        self.epoch_s: list[float] = []
        self._bar: Any = None
        self._told = 0

    def __call__(self, event: dict[str, Any]) -> None:
        """Takes one event."""
        if event["event"] == "begun":
            begun = {"total": event["total_steps"], "initial": event["step"]}
            is_seen = sys.stderr.isatty()
            self._bar = tqdm(**begun, unit="step", file=sys.stderr, dynamic_ncols=True, disable=not is_seen)
            self._told = _LINES * event["step"] // max(1, event["total_steps"])
        elif event["event"] == "epoch":
            self.epoch_s.append(round(event["seconds"], 4))
        elif event["event"] == "blocked":
            tqdm.write(f"waiting, for {event['reason']}", file=sys.stderr)
        elif self._bar is not None and event.get("split") == "train":
            figures = f"reconstruction {event['reconstruction_nats']:.5g}, KL {event['kl_nats']:.3g} nats"
            if self._bar.disable:
                self._tell(event["step"], figures)
                return
            self._bar.set_postfix_str(figures, refresh=False)
            self._bar.update(event["step"] - self._bar.n)

    def _tell(self, step: int, figures: str) -> None:
        """A line, if a twentieth more of the steps has been made since the last."""
        if (now := _LINES * step // self._bar.total) > self._told:
            self._told = now
            print(f"step {step:,} of {self._bar.total:,}, {figures}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Ends the bar's line."""
        if self._bar is not None:
            self._bar.close()


def train(arguments: Namespace) -> int:
    """Trains one run. Raises LatentStudioError with the reason if it failed, KeyboardInterrupt if it was stopped."""
    values = vars(arguments)
    config = parse_config({name: values[name] for name in settings() if name in values})
    if arguments.cluster:
        return _train_in_cluster(config, arguments)
    card = registry.card_here(config.dataset, arguments.data_dir)
    _prepare(config, card, arguments.data_dir)
    torch.set_num_threads(_threads(arguments))
    with started_together(config.device) as ranks:
        if ranks:
            check_shared(config)
        if ranks and ranks.rank:
            follow(config, card, arguments.data_dir, ranks)
            return 0
        writer = runs.RunWriter.create(config, arguments.runs_dir, card=card)
        if arguments.data_dir:
            writer.remember_data_root(arguments.data_dir)
        return _train(writer, arguments, arguments.data_dir, ranks=ranks)


def resume(arguments: Namespace) -> int:
    """Goes on with a run that stopped or failed, from its newest checkpoint, on as many threads. Raises as `train`."""
    edits = {name: getattr(arguments, name) for name in EDITABLE if getattr(arguments, name) is not None}
    run = _own_run(arguments)
    changed = parse_config(run.config.model_dump() | edits)
    writer, data_root = _reopened(run, arguments)
    control = Control()
    control.edit(**{name: getattr(changed, name) for name in edits})
    return _train(writer, arguments, data_root, control, resume=True)


def extend(arguments: Namespace) -> int:
    """Makes a new run that goes on from the model of a finished one, and trains it. Raises as `train`."""
    run = runs.find_run(arguments.run, arguments.runs_dir)
    values = vars(arguments)
    changes = {name: values[name] for name in recovery.EXTENDED_BY if values[name] is not None}
    config = recovery.extended_config(run, arguments.epochs, changes)
    data_root = arguments.data_dir or run.data_root()
    _prepare(config, run.card, data_root)
    torch.set_num_threads(_threads(arguments))
    writer = recovery.extend(run, config, arguments.runs_dir)
    if arguments.data_dir:
        writer.remember_data_root(arguments.data_dir)
    return _train(writer, arguments, data_root, resume=True)


def settle(arguments: Namespace) -> int:
    """Makes a trained model of the newest checkpoint of a run that was cut off; of one that has its model, nothing."""
    run = _own_run(arguments)
    if not run.is_complete:
        writer, data_root = _reopened(run, arguments)
        control = Control()
        control.stop()
        status = train_run(writer, control, None, data_root, resume=True)
        if status.state == "failed":
            raise RunError(status.error)
        run = runs.open_directory(run.directory)
    evaluation, status = run.evaluation(), run.status()
    figures = {"train": evaluation.train, "test": evaluation.held_out}
    told = {"run": str(run.directory), "id": run.id, "state": status.state, "step": status.step, **figures}
    _print_result(told, arguments.json)
    print(f"{status.state} after step {status.step} of {status.total_steps}", file=sys.stderr)
    return 0


def _own_run(arguments: Namespace) -> Run:
    run = runs.find_run(arguments.run, arguments.runs_dir)
    if run.shipped:
        raise RunMissing(f"run {run.id} came with the project and is finished; choose one of your own")
    return run


def _reopened(run: Run, arguments: Namespace) -> tuple[runs.RunWriter, Path | None]:
    """A run to go on with, and where its data set is. Raises LatentStudioError, with all as it was."""
    data_root = arguments.data_dir or run.data_root()
    _prepare(run.config, run.card, data_root)
    settle_dead([run.directory])
    return recovery.reopen(run.directory), data_root


def _prepare(config: TrainConfig, card: DataCard, data_root: Path | None) -> None:
    """What is better known before a run is made, or reopened, in vain. Raises LatentStudioError."""
    registry.expect_images(card, data_root)
    expect_seen(card, config.left_out_class, data_root)
    resolve_device(config.device)
    for note in (fallback_note(config.device), machine.precision_note(config.precision, config.device)):
        if note:
            print(note, file=sys.stderr)
    memory.require(config, card, is_mapped=registry.is_mapped(card, data_root))
    warm_up()


def _train(  # noqa: PLR0913
    writer: runs.RunWriter,
    arguments: Namespace,
    data_root: Path | None,
    control: Control | None = None,
    *,
    resume: bool = False,
    ranks: Ranks | None = None,
) -> int:
    progress, control = Progress(), control or Control()
    with _interruptible(control):
        status = train_run(writer, control, progress, data_root, resume=resume, ranks=ranks)
    progress.close()
    return _tell_end(writer.directory, status, progress.epoch_s, arguments)


def _train_in_cluster(config: TrainConfig, arguments: Namespace) -> int:
    """Has a cluster train the run, and waits for it; Ctrl-C stops it there."""
    cluster = Cluster(checked_address(arguments.cluster))
    with closing(JobManager(root=arguments.runs_dir, data_root=arguments.data_dir, executor=cluster)) as manager:
        run = runs.open_run(manager.start(config), manager.root)
        told = ""
        while manager.is_active(run.id):
            try:
                manager.wait([run.id], 1.0)
            except KeyboardInterrupt:
                manager.stop(run.id)
            status = run.status()
            now = manager.blocked(run.id) or f"{status.state}, epoch {status.epoch} of {status.epochs}"
            if now != told:
                print(now, file=sys.stderr, flush=True)
            told = now
    return _tell_end(run.directory, run.status(), [], arguments)


def _tell_end(directory: Path, status: runs.Status, epoch_s: list[float], arguments: Namespace) -> int:
    """What a training has come to. Raises RunError if it failed, KeyboardInterrupt if it was stopped."""
    if status.state == "failed":
        raise RunError(status.error)
    run = runs.open_directory(directory)
    if not run.is_complete:
        raise RunError(status.error or f"run {run.id} ended before anything was trained")
    evaluation = run.evaluation()
    _print_result(
        {
            "run": str(directory),
            "id": run.id,
            "state": status.state,
            "step": status.step,
            "threads": evaluation.threads,
            "epoch_s": epoch_s,
            "train": evaluation.train,
            "test": evaluation.held_out,
        },
        arguments.json,
    )
    if status.state == "stopped":
        how = f"go on with: python -m vae_core resume {shlex.quote(str(directory))}"
        print(f"stopped after step {status.step} of {status.total_steps}; {how}", file=sys.stderr)
        raise KeyboardInterrupt  # it was asked for, and all is saved: the exit status may tell
    return 0


def device(arguments: Namespace) -> int:
    """Says that a device computes. Raises DeviceUnavailable if it does not, or is not there."""
    print(f"{arguments.name}: {resolve_device(arguments.name).type} computes")
    return 0


def evaluate(arguments: Namespace) -> int:
    """Measures a run on the held-out images: the numbers of its evaluation.json again."""
    run = runs.find_run(arguments.run, arguments.runs_dir)
    torch.set_num_threads(_threads(arguments))
    config, root = run.config, arguments.data_dir or run.data_root()
    held_out = load_seen(run.card, config.left_out_class, "held-out", root)
    model = build_vae(config, run.card)
    load_weights(model, run.weights())
    images, labels = torch.from_numpy(held_out.images), as_tensor(held_out.labels)
    result = {
        "run": str(run.directory),
        "id": run.id,
        "step": run.step,
        "test": evaluate_model(model, images, labels),
    }
    if arguments.nll is not None:
        count = arguments.nll_images
        known = None if labels is None else labels[:count]
        result["nll"] = negative_log_likelihood(model, images[:count], known, k=arguments.nll)
    _print_result(result, arguments.json)
    return 0


def diagnose(arguments: Namespace) -> int:
    """Looks closely at a run's health; on stderr what is being looked at, with the share of the work that is done."""
    run = runs.find_run(arguments.run, arguments.runs_dir)
    torch.set_num_threads(_threads(arguments))

    def say(share: float, what: str) -> None:
        print(f"{share:.0%} {what}", file=sys.stderr, flush=True)

    beside = [runs.find_run(each, arguments.runs_dir) for each in arguments.beside or ()]
    found = closer_look.diagnose(run, arguments.data_dir, say, factors=arguments.factor or (), beside=beside)
    print(json.dumps(found) if arguments.json else "\n".join(sentences(found)))
    return 0


def pretrain(arguments: Namespace) -> int:
    """Trains the shipped models again."""
    root = arguments.output or (pretrained.LESSONS_ROOT if arguments.lessons else pretrained.SHIPPED_ROOT)
    for name in arguments.names or (runs.LESSONS if arguments.lessons else runs.SHIPPED):
        progress = Progress()
        run = pretraining.pretrain(name, root, progress, arguments.data_dir)
        progress.close()
        _print_result({"run": str(run.directory), "id": run.id, "test": run.evaluation().held_out}, False)
    if arguments.lessons:
        lesson_facts.measure(root, arguments.data_dir)
    return 0


def _threads(arguments: Namespace) -> int:
    if arguments.threads < 1:
        raise LatentStudioError(
            f"--threads should be at least 1 and is {arguments.threads}; leave it out for a default"
        )
    return int(arguments.threads)


@contextmanager
def _interruptible(control: Control) -> Iterator[None]:
    """Ctrl-C, or a polite end of the process, stops the training; a second Ctrl-C ends it at once."""

    def ask(number: int, frame: object) -> None:
        control.stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_result(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, default=asdict))
        return
    print(f"run {result['id']} in {result['run']}")
    for split in ("train", "test"):
        if figures := result.get(split):
            print(
                f"{split:>5}: −ELBO {hundredths(figures.negative_elbo_nats)} = reconstruction "
                f"{hundredths(figures.reconstruction_nats)} + KL {hundredths(figures.kl_nats)} nats per image, "
                f"{figures.active_units} active units"
            )
    if nll := result.get("nll"):
        error = "" if nll.standard_error is None else f" ± {nll.standard_error:.2f}"
        print(f" test: −log p(x) {hundredths(nll.nats_mean)}{error} nats per image, k = {nll.k}, {nll.images} images")
