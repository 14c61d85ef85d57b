"""`make app` after a start that failed or was cut off: nothing half-made stays in the way."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
VENV = """#!/bin/sh
case "$*" in
  "-m venv "*)
    mkdir -p "$3/bin"
    printf '#!/bin/sh\n%s\n' "{python}" > "$3/bin/python"
    chmod +x "$3/bin/python"
    {end} ;;
  *) exec {executable} "$@" ;;
esac
"""
NO_PIP = "echo 'No module named pip' >&2; exit 1"


def interpreter(folder: Path, name: str, python: str, end: str) -> str:
    """Stands for Python: its `venv` leaves a .venv whose python does that, and ends so."""
    path = folder / name
    path.write_text(VENV.format(python=python, end=end, executable=sys.executable))
    path.chmod(0o755)
    return f"./{name}"


def make(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    command = ["make", ".venv/bin/.app", f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What make needs of the project."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    return tmp_path


def test_a_first_make_without_ensurepip_says_what_is_missing_and_the_next_recovers(folder: Path) -> None:
    first = make(folder, interpreter(folder, "without", NO_PIP, "exit 1"))
    assert first.returncode != 0
    assert "apt install python3-venv" in first.stdout
    assert not (folder / ".venv/bin/.app").exists()
    second = make(folder, interpreter(folder, "with", "exit 0", "exit 0"))
    assert second.returncode == 0, second.stderr
    assert (folder / ".venv/bin/.app").exists()


def test_what_a_kill_has_left_in_the_middle_is_completed(folder: Path) -> None:
    left = folder / ".venv/bin/python"
    left.parent.mkdir(parents=True)
    left.write_text(f"#!/bin/sh\n{NO_PIP}\n")
    left.chmod(0o755)
    assert make(folder, interpreter(folder, "with", "exit 0", "exit 0")).returncode == 0


def test_an_environment_with_pip_is_kept(folder: Path) -> None:
    kept = folder / ".venv/bin/python"
    kept.parent.mkdir(parents=True)
    kept.write_text("#!/bin/sh\nexit 0\n")
    kept.chmod(0o755)
    (folder / ".venv/mine").touch()
    assert make(folder, interpreter(folder, "with", "exit 0", "exit 0")).returncode == 0
    assert (folder / ".venv/mine").exists()
