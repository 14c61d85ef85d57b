"""`python -m vae_core apply PART RUN …`: a trained model put to use; the flags are made from the table of parts."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

from vae_core import runs
from vae_core.apply import folder
from vae_core.apply.job import carry_out
from vae_core.apply.parts import PARTS, Option, Part


def add_command(commands: _SubParsersAction[ArgumentParser]) -> None:
    """The command `apply`, with a command for each part below it."""
    about = "Put a trained model to use, beside simple rivals; says so if it is not worth it."
    command = commands.add_parser("apply", help=about, description=about, allow_abbrev=False)
    parts = command.add_subparsers(required=True, metavar="PART")
    for part in PARTS.values():
        _add_part(parts, part)


def _add_part(parts: _SubParsersAction[ArgumentParser], part: Part) -> None:
    added = parts.add_parser(part.name, help=part.purpose, description=part.purpose, allow_abbrev=False)
    added.set_defaults(action=apply, part=part.name)
    added.add_argument("run", metavar="RUN", help="a run's id, or its directory")
    for option in part.options:
        added.add_argument(f"--{option.name}", dest=f"set_{option.name}", metavar="VALUE", help=_help(option))
    added.add_argument("--out", type=Path, metavar="FOLDER", help="write the result, its pictures and files there")
    added.add_argument("--data-dir", type=Path, metavar="DIR", help="folder of the data sets (VAE_DATA_DIR)")
    added.add_argument(
        "--runs-dir", type=Path, metavar="DIR", help="folder of the runs (VAE_RUNS_DIR, else runs/ here)"
    )
    added.add_argument("--json", action="store_true", help="end with one line of JSON on stdout")


def _help(option: Option) -> str:
    bounds = f" {option.least:g} to {option.most:g}." if option.kind in ("count", "number") else ""
    usual = f" Default: {option.default}." if option.default else ""
    return f"{option.about}{bounds}{usual}".replace("%", "%%")


def apply(arguments: Namespace) -> int:
    """Carries a part out; on stderr what is being done, with the share of the work that is done."""
    run = runs.find_run(arguments.run, arguments.runs_dir)
    given = {name.removeprefix("set_"): value for name, value in vars(arguments).items() if name.startswith("set_")}

    def say(share: float, what: str) -> None:
        print(f"{share:.0%} {what}", file=sys.stderr, flush=True)

    made = carry_out(arguments.part, run, {name: each for name, each in given.items() if each}, arguments.data_dir, say)
    if arguments.out:
        for path in folder.write(arguments.out, made):
            print(path, file=sys.stderr)
    print(json.dumps(folder.as_json(made.result)) if arguments.json else "\n".join(folder.table(made.result)))
    return 0
