"""`python -m vae_core import …`: a model from elsewhere becomes a run."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from pathlib import Path

from vae_core.errors import ModelRefused
from vae_core.interchange.incoming import asking, files, keeping
from vae_core.interchange.incoming.views import WORDS


def add_command(commands: _SubParsersAction[ArgumentParser]) -> None:
    """The command `import`."""
    about = (
        "Open a model from elsewhere (ONNX, PyTorch, safetensors, pythae) and keep it as a run; nothing of it is run."
    )
    command = commands.add_parser("import", help=about, description=about, allow_abbrev=False)
    command.set_defaults(action=import_model)
    command.add_argument(
        "paths", metavar="PATH", type=Path, nargs="+", help="decoder, and its encoder; or their folder"
    )
    command.add_argument("--name", help="what to call it (default: as the file)")
    command.add_argument("--data-set", metavar="NAME", help="whose held-out images the encoder places on the map")
    command.add_argument(
        "--say", type=_said, action="append", default=[], metavar="WHAT=VALUE",
        help=f"what the files do not: one of {', '.join(WORDS)}; again for each",
    )  # fmt: skip
    command.add_argument("--yes", action="store_true", help="take what is proposed where the files leave it open")
    command.add_argument(
        "--runs-dir", type=Path, metavar="DIR", help="folder of the runs (VAE_RUNS_DIR, else runs/ here)"
    )
    command.add_argument("--data-dir", type=Path, metavar="DIR", help="folder of the data sets (VAE_DATA_DIR)")
    command.add_argument("--json", action="store_true", help="end with one line of JSON on stdout")


def _said(text: str) -> tuple[str, str]:
    """What somebody says of a model. Raises ArgumentTypeError, which argparse shows."""
    key, sign, value = text.partition("=")
    if not sign or key not in WORDS:
        raise ArgumentTypeError(f"expected WHAT=VALUE with one of {', '.join(WORDS)}; got {text!r}")
    return key, value


def import_model(arguments: Namespace) -> int:
    """Proposes, and keeps what is clear, or was said. Raises ModelRefused where something is open."""
    source = keeping.Source(files.read_paths(arguments.paths), dict(arguments.say))
    proposal = asking.propose(source.files, source.told)
    for key, value in proposal.facts.items():
        print(f"{WORDS.get(key, key)}: {value}", file=sys.stderr)
    for note in proposal.notes:
        print(note, file=sys.stderr)
    if proposal.questions and not arguments.yes:
        asked = proposal.questions[0]
        options = " or ".join(f"--say '{asked.ask}={option}'" for option in asked.options)
        raise ModelRefused(f"{asked.why} Say {options}; --yes takes {asked.taken}")
    name = arguments.name or arguments.paths[0].name
    run_id = keeping.keep(source, proposal, name, arguments.data_set, arguments.runs_dir)
    if arguments.json:
        print(json.dumps({"id": run_id, "facts": dict(proposal.facts)}))
    else:
        print(f"run {run_id}: open it on Explore")
    return 0
