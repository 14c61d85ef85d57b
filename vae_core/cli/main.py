"""The command line, python -m vae_core COMMAND: train, resume, settle, evaluate, diagnose, export, download and more.

The flags of train are made from the table of settings in `config`. An error is one sentence on stderr and status 2.
"""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from vae_core import config, runs
from vae_core.cli import applying, data_sets, importing, sweeping
from vae_core.data import downloads, registry
from vae_core.errors import LatentStudioError
from vae_core.interchange.exports import formats
from vae_core.interchange.exports.trackers import TRACKERS, track
from vae_core.jobs import machine
from vae_core.jobs.control import EDITABLE
from vae_core.runs import recovery, storage

INTERRUPTED = 130  # what shells expect of a program that Ctrl-C ended


def main(words: list[str] | None = None) -> int:
    """Runs one command. Returns the exit status: 0, 2 for an error, 130 after Ctrl-C."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read once, when torch is imported: waiting threads sleep
    arguments = build_parser().parse_args(words)
    try:
        with _data_sets_in(getattr(arguments, "data_dir", None)):
            status: int = arguments.action(arguments)
    except LatentStudioError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


@contextmanager
def _data_sets_in(folder: Path | None) -> Iterator[None]:
    """Within it, a folder of data sets that was named is the one that all ask for: defaults depend on it, too."""
    before = os.environ.get("VAE_DATA_DIR")
    if folder:
        os.environ["VAE_DATA_DIR"] = str(folder.absolute())
    try:
        yield
    finally:
        if folder and before is not None:
            os.environ["VAE_DATA_DIR"] = before
        elif folder:
            del os.environ["VAE_DATA_DIR"]


def build_parser() -> ArgumentParser:
    """Every command and its flags; the command's function is `action`."""
    parser = ArgumentParser("python -m vae_core", description="Train, evaluate and export variational autoencoders.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, action: Callable[[Namespace], int], about: str) -> ArgumentParser:
        added = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        added.set_defaults(action=action)
        return added

    training = command("train", _torch_command, "Train a model and save it as a run; Ctrl-C stops and saves it.")
    _add_settings(training)
    _add_flags(training, "data-dir", "runs-dir", "threads", "json", "cluster")
    _add_going_on(command)
    for name, about, flags in _MEASURING:
        measuring = command(name, _torch_command, about)
        measuring.add_argument("run", metavar="RUN", help="a run's id, or its directory")
        _add_flags(measuring, *flags, "data-dir", "runs-dir", "threads", "json")
    exporting = command("export", _export, "Write a run for other programs: its decoder, or what --to names.")
    exporting.add_argument("run", metavar="RUN", help="a run's id, or its directory")
    exporting.add_argument("--to", metavar="FORMAT", help=f"one of {', '.join([*formats.FORMATS, *TRACKERS])}")
    exporting.add_argument("--out", type=Path, metavar="PATH", help="a file, or a folder for what has several files")
    exporting.add_argument("--output", type=Path, default=Path("decoder.onnx"), metavar="FILE", help="of the decoder")
    _add_flags(exporting, "data-dir", "runs-dir")
    asking = command("device", _torch_command, "Say whether a device is on this machine and computes.")
    asking.add_argument("name", metavar="NAME", choices=config.choices("device"), help="auto, cpu, cuda or mps")
    downloading = command("download", _download, "Fetch a data set from the network, once.")
    downloading.add_argument("name", metavar="NAME", help=f"one of {', '.join(registry.DATASETS)}")
    _add_flags(downloading, "data-dir")
    shipping = command("pretrain", _torch_command, "Train the models that ship with the project again.")
    shipping.add_argument(
        "names", metavar="NAME", nargs="*", help=f"of {', '.join(runs.SHIPPED)}; all, if none is given"
    )
    shipping.add_argument("--lessons", action="store_true", help="those of the lessons, and what these tell of them")
    shipping.add_argument("--output", type=Path, metavar="DIR", help="where to, if not in place of those there")
    _add_flags(shipping, "data-dir")
    for add in (data_sets.add_commands, importing.add_command, applying.add_command, _add_sweep):
        add(commands)
    _add_processes(command)
    for name, choice in commands.choices.items():
        choice.set_defaults(command=name)
    return parser


def _add_sweep(commands: _SubParsersAction[ArgumentParser]) -> None:
    sweeping.add_command(commands, _add_settings)


def _add_processes(command: Callable[..., ArgumentParser]) -> None:
    """What a server starts, and nobody types."""
    command("worker", _worker, "Be a training process: commands on stdin, events on stdout.")
    bridging = command("bridge", _bridge, "Be the server's process that speaks with a Ray cluster.")
    bridging.add_argument("address", metavar="ADDRESS", help="as Ray takes it")


def _add_going_on(command: Callable[..., ArgumentParser]) -> None:
    """What is done with a run that has ended, early or not."""
    resuming = command("resume", _torch_command, "Go on with a run that stopped or failed, from its last checkpoint.")
    resuming.add_argument("run", metavar="RUN", help="a run's id, or its directory")
    for name in EDITABLE:
        flag, about = f"--{name.replace('_', '-')}", f"another {name.replace('_', ' ')} from here on"
        resuming.add_argument(flag, dest=name, metavar=name.upper(), help=about)
    _add_flags(resuming, "data-dir", "runs-dir", "json")
    extending = command(
        "extend", _torch_command, "Go on from the model of a finished run for more epochs, as a new run."
    )
    extending.add_argument("run", metavar="RUN", help="a run's id, or its directory")
    extending.add_argument("--epochs", type=_count, required=True, metavar="N", help="how many more")
    for name in recovery.EXTENDED_BY:
        flag, metavar = f"--{name.replace('_', '-')}", "|".join(config.choices(name)) or name.upper()
        about = f"another {config.settings()[name][0].label} for these epochs; else as it was at the run's end"
        if name == "schedule":
            about += ": one-cycle and cosine begin anew, constant stays"
        extending.add_argument(flag, dest=name, metavar=metavar, help=about)
    _add_flags(extending, "data-dir", "runs-dir", "threads", "json")
    settling = command(
        "settle", _torch_command, "Keep what the newest checkpoint of a run that was cut off holds, as a trained model."
    )
    settling.add_argument("run", metavar="RUN", help="a run's id, or its directory")
    _add_flags(settling, "data-dir", "runs-dir", "json")


_MEASURING = (
    ("evaluate", "Measure a run on the held-out images again.", ("nll", "nll-images")),
    (
        "diagnose",
        "Look closely at a run's health: KL, holes, probes, known factors, foreign images.",
        ("factor", "beside"),
    ),
)


def _count(text: str) -> int:
    """A number of images or epochs. Raises ArgumentTypeError, which argparse shows."""
    if not (text.isascii() and text.isdecimal() and int(text) >= 1):
        raise ArgumentTypeError(f"expected a whole number, at least 1; got {text!r}")
    return int(text)


_FLAGS = {
    "nll": {"type": int, "metavar": "K", "help": "estimate -log p(x) as well, from K draws for each image"},
    "nll-images": {"type": _count, "default": 1000, "metavar": "N", "help": "of the first N (default: %(default)s)"},
    "factor": {
        "action": "append",
        "metavar": "NAME",
        "help": "a column of the data set that is a known factor, again for each (default: those of drawn pictures)",
    },
    "beside": {"action": "append", "metavar": "RUN", "help": "a run that differs in its seed alone, again for each"},
    "data-dir": {"type": Path, "metavar": "DIR", "help": "folder of the data sets (VAE_DATA_DIR)"},
    "runs-dir": {"type": Path, "metavar": "DIR", "help": "folder of the runs (VAE_RUNS_DIR, else runs/ here)"},
    "threads": {
        "type": int,
        "default": machine.default_threads(),
        "metavar": "N",
        "help": "CPU threads, fixed for the run's life (default: all cores but one, here %(default)s)",
    },
    "cluster": {
        "default": os.environ.get("VAE_CLUSTER", ""),
        "metavar": "ADDRESS",
        "help": "train on a Ray cluster, one thread a run: ray:auto, ray:HOST:6379 or ray://HOST:10001 (VAE_CLUSTER)",
    },
    "json": {"action": "store_true", "help": "end with one line of JSON on stdout"},
}


def _add_flags(parser: ArgumentParser, *names: str) -> None:
    for name in names:
        parser.add_argument(f"--{name}", **_FLAGS[name])  # type: ignore[arg-type]


def _add_settings(parser: ArgumentParser) -> None:
    """One flag for each setting, by its own name: --latent-dim, --hidden-sizes 512,256."""
    for name, (setting, field) in config.settings().items():
        offered = " ".join(f"{option}: {about}" for option, about in setting.options.items())
        about = f"{field.description} {offered} Default: {_defaults(name)}.".replace("%", "%%").replace("  ", " ")
        metavar = "|".join(config.choices(name)) or name.upper()
        parser.add_argument(f"--{name.replace('_', '-')}", default=SUPPRESS, dest=name, metavar=metavar, help=about)


def _defaults(name: str) -> str:
    """A setting's default, or, where it depends on the data set, one for each."""
    by_dataset = {dataset: _shown(config.default_of(name, {"dataset": dataset})) for dataset in registry.DATASETS}
    alike: dict[str, list[str]] = {}
    for dataset, value in by_dataset.items():
        alike.setdefault(value, []).append(dataset)
    if len(alike) == 1:
        return next(iter(alike))
    return ", ".join(f"{value} for {' and '.join(names)}" for value, names in alike.items())


def _shown(default: object) -> str:
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def _torch_command(arguments: Namespace) -> int:
    """The commands that compute; torch is imported only for them, and only now."""
    status: int = getattr(import_module("vae_core.cli.commands"), arguments.command)(arguments)
    return status


def _worker(arguments: Namespace) -> int:
    status: int = import_module("vae_core.worker.training_process").main()
    return status


def _bridge(arguments: Namespace) -> int:
    status: int = import_module("vae_core.jobs.cluster.bridge").main(arguments.address)
    return status


def _export(arguments: Namespace) -> int:
    run = runs.find_run(arguments.run, arguments.runs_dir)
    if arguments.to in TRACKERS:
        track(run, arguments.to)
        return 0
    if arguments.to:
        for path in formats.write(run, arguments.to, arguments.out):
            print(path)
        return 0
    storage.write_file(arguments.output, run.decoder())
    print(f"{arguments.output}: z (N, {run.config.latent_dim}) float32 in, image (N, C, H, W) float32 out")
    return 0


def _download(arguments: Namespace) -> int:
    downloads.download(arguments.name, arguments.data_dir)
    print(f"{registry.source(arguments.name).card.title} is in {arguments.data_dir or registry.data_root()}")
    return 0
