"""Where the limits stand that a container sets: Linux's control groups, of both versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

_MOUNTED = "sys/fs/cgroup"


def folders(root: Path, controller: Literal["memory", "cpu"]) -> Iterator[tuple[Path, int]]:
    """Each folder that may limit this process, its own group's and those around it, with the version of its files.

    root: where /proc and /sys lie. Not all of them need be there: inside a container a group's path may be the host's,
    and what counts is the outermost that is mounted.
    """
    mounted = root / _MOUNTED
    yield mounted, 2
    yield mounted / controller, 1
    for controllers, path in _own_groups(root):
        if not controllers:
            yield from ((folder, 2) for folder in _upwards(mounted, path))
        elif controller in controllers.split(","):
            yield from ((folder, 1) for name in (controller, controllers) for folder in _upwards(mounted / name, path))


def _own_groups(root: Path) -> list[tuple[str, str]]:
    """(controllers, path) of each group of this process; no controllers in version 2."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return []
    parts = [line.split(":", 2) for line in lines]
    return [(part[1], part[2].strip("/")) for part in parts if len(part) == 3]


def _upwards(base: Path, path: str) -> Iterator[Path]:
    own = base / path
    return (folder for folder in (own, *own.parents) if folder.is_relative_to(base))
