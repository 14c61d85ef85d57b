"""The HTML itself: its policy, its parts as text, its words escaped."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

from pages.ui.components.latent_canvas.canvas_data import Visit
from pages.ui.components.mounting import COMPONENTS
from pages.ui.demo import scripts
from pages.ui.demo.contents import Contents, contents
from pages.ui.demo.packing import packed
from pages.ui.text import run_text
from vae_core import runs

HERE = Path(__file__).parent
SHOWN = ("latent_canvas", "live_curves")
"""The components that the page shows."""
PIXELS = {"pictures", "learning"}
"""Parts in which things come again."""


def write_demo(
    run: runs.Run, *, label: int | None = None, title: str | None = None, visit: Visit | None = None
) -> bytes:
    """The whole file for a finished run, UTF-8.

    label, visit: as in `contents`. title: its heading; None for the data set's. Raises as `contents`, and
    RuntimeMissing where the browser's files are not installed.
    """
    return document(
        contents(run, label=label, visit=visit), title or run.card.title, run_text.summary(run).replace("**", "")
    ).encode()


def document(found: Contents, title: str, sentence: str) -> str:
    """What is in it is data to its scripts, never HTML: names and captions may hold what they like."""
    viewer, loader, plotly = (
        scripts.bundled("inside/viewer.mjs"),
        scripts.bundled("inside/loader.mjs"),
        scripts.plotly(),
    )
    parts = {"viewer": _packed_script(viewer), "plotly": _packed_script(plotly), "facts": packed(as_json(found.facts))}
    if "learning" in found.facts:
        parts["worker"] = _packed_script(scripts.bundled("training/worker.mjs"))
    parts |= {name: packed(data, is_noise=name not in PIXELS) for name, data in found.blobs.items()}
    page = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return page.substitute(
        policy=policy(loader, viewer, plotly),
        title=html.escape(title),
        sentence=html.escape(sentence),
        style=_styles(),
        components="\n".join((COMPONENTS / name / f"{name}.html").read_text(encoding="utf-8") for name in SHOWN),
        parts="\n".join(
            f'<script type="text/plain" data-part="{name}">{text}</script>' for name, text in parts.items()
        ),
        loader=loader,
    )


@lru_cache(maxsize=4)
def _packed_script(script: str) -> str:
    return packed(script.encode())


def policy(*allowed: str) -> str:
    """What a browser lets the file do: run these scripts and show its own images; fetch, send or frame nothing."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in allowed
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; worker-src blob:; "
        "connect-src 'none'; form-action 'none'; base-uri 'none'"
    )


def as_json(facts: dict[str, Any]) -> bytes:
    """Facts with the names of nothing but themselves; numbers that are none become null."""
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=True).encode()


def _styles() -> str:
    sheets = [
        HERE / "page.css",
        *(each for name in SHOWN for each in sorted((COMPONENTS / name).glob("*.css"), reverse=True)),
    ]
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
