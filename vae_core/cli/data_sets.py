"""`python -m vae_core data …`: pictures of one's own, added, listed, shown and removed."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vae_core.data import kept, registry
from vae_core.data.kept import Kept
from vae_core.data.shapes import DRAWINGS
from vae_core.errors import DataRefused
from vae_core.intake.found import Found
from vae_core.intake.pictures import LARGEST, SMALLEST
from vae_core.intake.report import sentences
from vae_core.intake.splitting import LARGEST_SHARE, SHARE, SMALLEST_SHARE


def add_commands(commands: _SubParsersAction[ArgumentParser]) -> None:
    """The command `data` and its own."""
    about = "Add, list, show and remove data sets of your own."
    parser = commands.add_parser("data", help=about, description=about, allow_abbrev=False)
    own = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, action, sentence in _COMMANDS:
        command = own.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
        command.set_defaults(action=action)
        if name == "add":
            _add_choices(command)
        elif name == "draw":
            _draw_choices(command)
        elif name != "list":
            command.add_argument("name", metavar="NAME", help="as `data list` has it")
        command.add_argument("--data-dir", type=Path, metavar="DIR", help="folder of the data sets (VAE_DATA_DIR)")
        command.add_argument("--json", action="store_true", help="end with one line of JSON on stdout")


def _add_choices(command: ArgumentParser) -> None:
    command.add_argument(
        "path", metavar="PATH", type=Path, help="a folder, .zip, .tar, .npz, .npy, IDX, CSV or Parquet file"
    )
    command.add_argument("--name", help="what to call it (default: as the file)")
    command.add_argument("--size", type=_size, metavar="N", help=f"pixels of a side, {SMALLEST} to {LARGEST}, or 48x64")
    colours = command.add_mutually_exclusive_group()
    colours.add_argument("--colour", action="store_true", default=None, help="three channels (default: as found)")
    colours.add_argument("--grey", action="store_false", dest="colour", help="one channel")
    command.add_argument("--fit", choices=("fit", "fill", "stretch"), help="borders, or cut, or neither")
    command.add_argument("--invert", action="store_true", help="black becomes white")
    command.add_argument(
        "--range", type=float, nargs=2, metavar=("BLACK", "WHITE"), help="of numbers in arrays and tables (as found)"
    )
    command.add_argument("--held-out", type=_share, metavar="SHARE", help="of each class, 0.01 to 0.5 (0.1)")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of the split, where none is given (0)")


def _draw_choices(command: ArgumentParser) -> None:
    command.add_argument("what", metavar="WHAT", choices=list(DRAWINGS), help=f"one of {', '.join(DRAWINGS)}")
    command.add_argument("--count", type=int, default=10_000, metavar="N", help="how many (10000)")
    command.add_argument("--name", help="what to call it (default: as WHAT)")
    command.add_argument("--size", type=_size, metavar="N", help="pixels of a side (64)")
    command.add_argument("--grey", action="store_false", dest="colour", default=None, help="one channel")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="of all that is drawn at random (0)")


def _size(text: str) -> tuple[int, int]:
    """(height, width) from "64" or "48x64". Raises ArgumentTypeError."""
    sides = text.casefold().replace("×", "x").split("x")
    if len(sides) in (1, 2) and all(side.isascii() and side.isdecimal() and len(side) < 5 for side in sides):
        height, width = int(sides[0]), int(sides[-1])
        if min(height, width) >= SMALLEST and max(height, width) <= LARGEST:
            return height, width
    raise ArgumentTypeError(f"expected {SMALLEST} to {LARGEST}, or height x width as 48x64; got {text!r}")


def _share(text: str) -> float:
    """Raises ArgumentTypeError."""
    try:
        if SMALLEST_SHARE <= float(text) <= LARGEST_SHARE:
            return float(text)
    except ValueError:
        pass
    raise ArgumentTypeError(f"expected {SMALLEST_SHARE} to {LARGEST_SHARE}, got {text!r}")


def add(arguments: Namespace) -> int:
    """Keeps what lies at a path."""
    from vae_core.intake import adding  # noqa: PLC0415  Pillow and its formats, which no other command needs

    path = arguments.path.resolve()
    given = {"fit": arguments.fit, "inverted": arguments.invert, "value_range": _range(arguments.range)}
    title = arguments.name or path.name.split(".")[0] or "data"
    return _add(arguments, adding.find(arguments.path), title, f"added from {path.name}"[:500], given)


def _range(given: list[float] | None) -> tuple[float, float] | None:
    """Raises DataRefused."""
    if given and not given[0] < given[1] < float("inf"):
        raise DataRefused(f"expected black below white, got {given[0]:g} and {given[1]:g}; see --range")
    return (given[0], given[1]) if given else None


def draw(arguments: Namespace) -> int:
    """Keeps pictures that are drawn here."""
    from vae_core.intake import drawn  # noqa: PLC0415

    found = drawn.draw(arguments.what, arguments.count, arguments.seed)
    title = arguments.name or DRAWINGS[arguments.what].title
    return _add(arguments, found, title, f"drawn {arguments.what} {arguments.count} {arguments.seed}", {})


def _add(arguments: Namespace, found: Found, title: str, origin: str, given: dict[str, Any]) -> int:
    from vae_core.intake import adding  # noqa: PLC0415

    chosen = given | {"size": arguments.size, "colour": arguments.colour}
    wanted = replace(found.suggested, **{name: value for name, value in chosen.items() if value is not None})
    with tqdm(total=len(found.names), unit=" pictures", disable=not sys.stderr.isatty()) as bar:
        added = adding.add(
            found,
            title,
            arguments.data_dir or registry.data_root(),
            wanted,
            share=getattr(arguments, "held_out", None) or SHARE,
            seed=arguments.seed,
            origin=origin,
            progress=lambda done, _all: bar.update(done - bar.n) and None,
        )
    if not added.is_new:
        print(f"These pictures are here already, as {added.kept.card.name}; nothing was added.")
    _print(added.kept, as_json=arguments.json)
    return 0


def list_(arguments: Namespace) -> int:
    """One line each."""
    root = arguments.data_dir or registry.data_root()
    everything = kept.everything(root)
    if arguments.json:
        print(json.dumps([_values(each) for each in everything]))
        return 0
    for each in everything:
        print(_line(each))
    if not everything:
        print("None was added yet; add one with: python -m vae_core data add PATH --name NAME")
    print("By name:")
    for name, source in registry.DATASETS.items():
        size = f"{source.download_bytes / 1e6:.0f} MB to download"
        print(f"  {name}: {source.about} {'Here.' if registry.is_available(name, root) else f'Not here; {size}.'}")
    return 0


def show(arguments: Namespace) -> int:
    """All that is known of one."""
    _print(kept.find(arguments.data_dir or registry.data_root(), arguments.name), as_json=arguments.json)
    return 0


def remove(arguments: Namespace) -> int:
    """Takes one off the disk."""
    found = kept.find(arguments.data_dir or registry.data_root(), arguments.name)
    kept.remove(found)
    print(json.dumps({"removed": arguments.name}) if arguments.json else f"{arguments.name} was removed.")
    return 0


_COMMANDS = (
    ("add", add, "Keep the pictures of a folder, an archive, a file of arrays or a table, to learn from."),
    ("draw", draw, "Keep pictures that are drawn here: shapes whose factors are known."),
    ("list", list_, "What was added, and what can be downloaded, a line each."),
    ("show", show, "What is known of one, and what was skipped as it came in."),
    ("remove", remove, "Take one off the disk."),
)


def _line(each: Kept) -> str:
    card = each.card
    channels, height, width = card.image_shape
    colours = "colour" if channels == 3 else "grey"
    about = f"{height}×{width} {colours}, {kept.kinds(card)}, {each.bytes / 1e6:.1f} MB"
    return f"{card.name}: {card.size('all'):,} pictures {about}"


def _values(each: Kept) -> dict[str, Any]:
    return each.card.as_json() | {"bytes": each.bytes, "report": each.report}


def _print(each: Kept, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_values(each), ensure_ascii=False))
        return
    card, report = each.card, each.report
    print(_line(each))
    print(f"  {card.train_size:,} to learn from, {card.held_out_size:,} held out; digest {str(card.digest)[:16]}…")
    if card.classes:
        print(f"  classes: {', '.join(card.classes[:20])}{' …' if len(card.classes) > 20 else ''}")
    for note in report.get("notes", []):
        print(f"  {note}")
    for sentence in sentences(report):
        print(f"  {sentence}")
    for name, why in list(report.get("skipped", {}).items())[:10]:
        print(f"    {name}: {why}")
