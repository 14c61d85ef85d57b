"""What a process that reads tables does: a line of JSON in, files of plain numbers and a line of JSON out.

    stdin    {"tables": [{"path", "name"}, …], "folder"}    what to read, and where to write
    stdout   {"rows": 4096} as they are read, then
             {"kind", "counts", "dtype", "shape", "columns", "classes", "has_names", "notes"}, or {"refused": why}
    folder   pixels.raw     "pixels": numbers of dtype, (N, *shape)
             files.raw, keys.npy    "files": pictures' files one after the other, int64 (N, 2) offset and size
             column_0.npy …  what else is known of each row: int64, float32 or text (N,)

A table may be made to do harm: memory and open files are bounded here, and the server itself reads numbers alone.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from vae_core.errors import DataRefused
from vae_core.intake.table import heads

LEAST_MEMORY, MOST_MEMORY = 3 * 2**28, 2 * 2**30
"""In bytes that the process can address, for a small file and at most: pyarrow and numpy take 0.4 GiB of it."""
_TIMES = 8  # what a file unpacks to in one go, and its copies


def main() -> int:
    """Runs the process described at the head of this module. Returns its exit status."""
    question = json.loads(sys.stdin.readline())
    _bound(sum(Path(table["path"]).stat().st_size for table in question["tables"]))
    print(json.dumps(answer(question)), flush=True)
    return 0


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """To one line."""
    names = [table["name"] for table in question["tables"]]
    tables = [(Path(table["path"]), table["name"]) for table in question["tables"]]
    try:
        for path, name in tables:
            heads.expect_sound(path, name)
        from vae_core.intake.table import spool  # noqa: PLC0415  pyarrow, below the limits

        return spool.write(tables, Path(question["folder"]), lambda rows: print(json.dumps({"rows": rows}), flush=True))
    except DataRefused as error:
        return {"refused": str(error)}
    except ImportError:
        return {"refused": "tables need pyarrow, which is not here; install it (pip install pyarrow)"}
    except MemoryError:
        return {"refused": f"{names[0]} takes more memory than a table may; save it in smaller row groups"}
    except Exception as error:  # what pyarrow raises for damaged files is of every kind
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")[:200]
        return {"refused": f"{names[0]} is no readable table ({reason}); save it again"}


def _bound(size: int) -> None:
    """size: of the files that are to be read."""
    memory = min(MOST_MEMORY, LEAST_MEMORY + _TIMES * size)
    with suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (_seconds(size),) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _seconds(size: int) -> int:
    """That reading so many bytes may take of a core: a CSV takes a fortieth of it."""
    return 60 + size // 250_000


if __name__ == "__main__":
    sys.exit(main())
