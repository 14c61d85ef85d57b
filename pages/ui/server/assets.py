"""The files a browser loads: where each lies, one version for all of them, and their compressed form.

Every address holds the version, a digest of the contents, so a browser may keep a file for good; what is not as it was
when the version was taken has no address any more, so that two versions are never mixed. Files are compressed once:
Streamlit would compress them again at each page load (0.6 s for the runtime's 14 MB).
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from pages.ui.server import browser_runtime
from pages.ui.server.browser_runtime import MODULES, ROOT

UI = Path(__file__).parents[1]
LOCK = ROOT / "package-lock.json"
PLOTLY = "plotly.js"
"""The plotting library's asset."""
GIFENC = "gifenc.mjs"
"""The GIF encoder's asset."""
RUNTIME = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
"""The decoder's runtime: what is imported, then what that fetches; assets below "ort/"."""
MEDIA_TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".css": "text/css",
    ".map": "application/json",
    ".wasm": "application/wasm",
}
_compressing = threading.Lock()


def version() -> str:
    """Twelve hex digits that change whenever a file that the browser loads changes; those of the server's start."""
    return _known()[0]


@lru_cache(maxsize=1)
def _known() -> tuple[str, Mapping[Path, int]]:
    """The version, and when each file that it is a digest of was changed before that, in ns."""
    ours = sorted(path for path in UI.rglob("*") if path.suffix in {".mjs", ".css", ".html"})
    changed_ns = {path: path.stat().st_mtime_ns for path in (LOCK, *ours)}
    digest = hashlib.sha256(LOCK.read_bytes())
    for path in ours:
        digest.update(path.relative_to(UI).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12], changed_ns


def is_unchanged(path: Path) -> bool:
    """Whether a file is as it was when the version was told; of one that npm has brought, whether the lock file is."""
    source = LOCK if path.is_relative_to(MODULES) else path
    known_ns = _known()[1].get(source)
    return known_ns is None or source.stat().st_mtime_ns == known_ns


def is_lasting(path: Path) -> bool:
    """Whether an address has this file for good: not so the whole of plotly, until npm has brought the part we use."""
    return path.is_relative_to(UI) or path.is_relative_to(MODULES)


def locate(name: str) -> Path | None:
    """The file behind an asset's name ('plotly.js', 'ort/…', 'ui/…'), or None; those of 'app/…' are `bundle`'s.

    Names come from the network: nothing outside the three places below is ever reached.
    """
    kind, _, rest = name.partition("/")
    if name == PLOTLY:
        return _plotly()
    if name == GIFENC:
        return next((path for path in _installed() if path.name == "gifenc.esm.js"), None)
    if kind == "ort":
        return next((path for path in _installed() if path.name == rest), None)
    if kind == "ui":
        path = (UI / rest).resolve()
        if path.suffix in {".mjs", ".css"} and path.is_relative_to(UI) and path.is_file():
            return path
    return None


def _plotly() -> Path:
    """The basic bundle, or, until npm has brought it, the whole one that plotly's Python package ships."""
    small = MODULES / "plotly.js-basic-dist-min/plotly-basic.min.js"
    return small if small in _installed() else Path(str(files("plotly") / "package_data" / "plotly.min.js"))


def _installed() -> list[Path]:
    """The browser's libraries, but none while npm unpacks them: half a file would be kept for good, here and there."""
    is_changing = browser_runtime.installer.state == "fetching"
    return [] if is_changing else [path for path in browser_runtime.REQUIRED if path.is_file()]


def compressed(path: Path) -> bytes:
    """The file's gzip form, from memory, so each is compressed once in a server's life."""
    with _compressing:
        return _compressed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _compressed(path: Path, _mtime_ns: int) -> bytes:
    """Kept beside a file of node_modules too, so that the next server start need not compress it again."""
    beside = path.with_name(path.name + ".gz") if path.is_relative_to(MODULES) else None
    if beside and beside.is_file() and beside.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        return beside.read_bytes()
    data = gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)
    if beside:
        _keep(beside, data)
    return data


def _keep(path: Path, data: bytes) -> None:
    """Best effort: a read-only installation compresses at each start instead."""
    try:
        partial = path.with_suffix(".partial")
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        return


def warm(modules: Iterable[Path]) -> None:
    """Compress what every page loads, before the first page asks: the libraries, and our modules."""
    for path in (_plotly(), *_installed(), *modules):
        compressed(path)
