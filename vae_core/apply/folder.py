"""A result as a folder: `result.json` with its figures, and beside it every file that it names. No torch."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from vae_core.apply.record import Made, Result
from vae_core.apply.standing import interval
from vae_core.errors import CheckpointDamaged, DiskRefused

RESULT = "result.json"


def as_json(result: Result) -> dict[str, Any]:
    """Plain JSON, from which `read` makes an equal result."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(result)))
    return values


def write(folder: Path, made: Made) -> list[Path]:
    """Writes a result and its files; the paths. Raises DiskRefused."""
    text = json.dumps(as_json(made.result), indent=1, ensure_ascii=False)
    files = {RESULT: text.encode(), **made.files}
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise DiskRefused(
            f"the result could not be written to {folder} ({error}); make room, or name another"
        ) from error
    return [folder / name for name in files]


def read(folder: Path) -> Result:
    """What `write` wrote. Raises CheckpointDamaged."""
    try:
        return TypeAdapter(Result).validate_json((folder / RESULT).read_bytes())
    except (OSError, ValidationError) as error:
        raise CheckpointDamaged(f"{folder / RESULT} is no result of a use ({error}); have it made again") from error


def table(result: Result) -> list[str]:
    """A result in lines of text: each method's figures with their intervals, then the verdict."""
    width = max((len(row.method) for row in result.rows), default=0)
    heads = [figure for figure in result.figures if any(row.figures.get(figure.name) for row in result.rows)]
    lines = [" " * width + "".join(f"  {figure.title:>22}" for figure in heads)]
    for row in result.rows:
        cells = []
        for figure in heads:
            values = row.figures.get(figure.name) or ()
            found = interval(values) if values else None
            text = f"{found.mean:{figure.form}} ± {found.half:{figure.form}}" if found else "–"
            cells.append(f"  {text:>22}")
        lines.append(f"{row.method:<{width}}" + "".join(cells))
    return [*lines, f"± 95 %, over {result.repeats}", result.verdict.sentence, *result.notes]
