"""What all tests share: a runs folder and a data folder of their own, so that nothing of the user's is touched."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Before anything imports torch: passive waiting, one thread, as workers do (spinning threads starve each other).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and data sets of a test lie in its own temporary folder."""
    monkeypatch.setenv("VAE_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def mnist_root() -> Path:
    """The folder that holds MNIST, from VAE_DATA_DIR as it was at the start, else beside the project."""
    for folder in (_GIVEN_DATA_DIR, str(ROOT.parent / "shared/data")):
        if folder and (Path(folder) / "MNIST/raw/train-images-idx3-ubyte").is_file():
            return Path(folder)
    pytest.skip("MNIST is not here: set VAE_DATA_DIR to a folder that holds MNIST/raw")


_GIVEN_DATA_DIR = os.environ.get("VAE_DATA_DIR")
