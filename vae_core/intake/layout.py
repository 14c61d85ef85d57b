"""What the folders of pictures say: which class, which side of the split, and what is no picture but litter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vae_core.data.source import SplitName

SPLIT_FOLDERS: dict[str, SplitName] = {
    "train": "train", "training": "train", "val": "held-out", "valid": "held-out", "validation": "held-out",
    "test": "held-out", "testing": "held-out", "held-out": "held-out", "heldout": "held-out",
}  # fmt: skip
"""Folders above the classes that say which side of the split their pictures are on."""
_LITTER = re.compile(
    r"(^|/)(\.|~\$|(__macosx|@eadir|\$recycle\.bin|system volume information|thumbs\.db|ehthumbs\.db|desktop\.ini|"
    r"icon\r|network trash folder|temporary items|#recycle|lost\+found)(/|\Z))",
    re.IGNORECASE,
)
"""What is hidden, and what operating systems, file managers and network drives leave behind."""
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Place:
    """Where a picture lies. label: its class's name, None without classes. side: of the split, if one is given."""

    label: str | None
    side: SplitName | None


def is_litter(name: str) -> bool:
    """Whether a path, with "/" between its parts, is hidden or of a system's own making: no picture, and no class."""
    return _LITTER.search(name.removeprefix("./")) is not None


def suffix_of(name: str) -> str:
    """What a path ends with from its last dot on, in small letters: ".png", or "" without one. pathlib takes longer
    over a million names than pictures take to be decoded.
    """
    last = name.rpartition("/")[2]
    dot = last.rfind(".")
    return last[dot:].casefold() if dot > 0 else ""


def natural_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """To sort by as people count: "2" before "10", "a" beside "A"."""
    parts = _DIGITS.split(text.casefold())
    return tuple((0, int(part)) if index % 2 else (1, part) for index, part in enumerate(parts))


def places(names: Sequence[str]) -> list[Place]:
    """Where each picture lies, by its path with "/" between the parts, e.g. "photos/train/cats/7.png".

    A folder that holds all the others, and nothing else, says nothing. Then come folders of `SPLIT_FOLDERS`, if all
    pictures lie in such; then classes, if there are at least two, or sides that name one. What lies deeper is of the
    class above it; what lies beside the classes is of none, and gets the label "".
    """
    paths = _below_the_last_common([tuple(part for part in name.split("/") if part not in ("", ".")) for name in names])
    sides = [SPLIT_FOLDERS.get(path[0].casefold()) if len(path) > 1 else None for path in paths]
    have_sides = len(paths) > 0 and None not in sides
    if have_sides:
        paths = [path[1:] for path in paths]
    labels = [path[0] if len(path) > 1 else "" for path in paths]
    are_classes = len({label for label in labels if label}) >= (1 if have_sides else 2)
    return [
        Place(label if are_classes else None, side if have_sides else None)
        for label, side in zip(labels, sides, strict=True)
    ]


def classes_of(labels: Iterable[str]) -> tuple[str, ...]:
    """Each class once, in natural order."""
    return tuple(sorted(set(labels), key=lambda label: (natural_key(label), label)))


def _below_the_last_common(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Paths without the folders that all of them begin with, unless such a folder is a side of the split."""
    while paths and all(len(path) > 1 for path in paths):
        folders = {path[0] for path in paths}
        if len(folders) > 1 or next(iter(folders)).casefold() in SPLIT_FOLDERS:
            break
        paths = [path[1:] for path in paths]
    return paths
