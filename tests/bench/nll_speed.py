"""−log p(x) of 1,000 MNIST images, 5,000 draws each, on 784-400-20, and the KL taken apart of 10,000 at z = 2, beside
an earlier commit, in turn: python -m tests.bench.nll_speed.

On a quiet machine. Needs MNIST (VAE_DATA_DIR, or ../shared/data beside the project) and git's history. First a model of
three epochs is trained, since a fresh one's weights say nothing.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.bench.report import Figure, median, single, table

ROOT = Path(__file__).parents[2]
EARLIER = "7c4e641"
MODEL = ("--hidden-sizes", "400", "--latent-dim", "20", "--pixels", "binarised", "--epochs", "3", "--device", "cpu")


def trained(folder: Path, data: Path, core: Path) -> Path:
    """A folder with one run in it, made by the earlier core: the later one opens it, and not the other way round."""
    command = [sys.executable, "-m", "vae_core", "train", "--dataset", "mnist", *MODEL]
    places = ["--runs-dir", str(folder), "--data-dir", str(data), "--threads", "2"]
    subprocess.run([*command, *places], cwd=core, check=True, capture_output=True)
    return folder


def earlier(commit: str, folder: Path) -> Path:
    """A folder with the core as it was at a commit."""
    packed = subprocess.run(["git", "archive", commit, "vae_core"], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def measured(core: Path, arguments: list[str]) -> dict[str, float]:
    """What the child says with the core of a folder."""
    command = [sys.executable, str(Path(__file__).with_name("nll_child.py")), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(core), "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def compared(what: str, cores: tuple[Path, Path], arguments: list[str], rounds: int, most: float) -> list[Figure]:
    """How many times as fast as before, taken within a round, and the largest difference of a value."""
    pairs = [tuple(measured(core, arguments) for core in cores) for _ in range(rounds)]
    ratios = [before["seconds"] / now["seconds"] for before, now in pairs]
    difference = max(abs(before[name] - now[name]) for before, now in pairs for name in now if name != "seconds")
    return [
        median(f"{what}, before", [before["seconds"] for before, _ in pairs], None, "s"),
        median(f"{what}, now", [now["seconds"] for _, now in pairs], None, "s"),
        median(f"{what}, times as fast", ratios, 3.0, "x", is_at_least=True),
        single(f"{what}, values differ by", difference, most, "nats"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.nll_speed", description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", default=EARLIER, help="a commit")
    given = parser.parse_args()
    data = Path(os.environ.get("VAE_DATA_DIR") or ROOT.parent / "shared/data")
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        cores = (earlier(given.before, place / "before"), ROOT)
        run = trained(place / "runs", data, cores[0])
        threads, images, draws = str(given.threads), str(given.images), str(given.draws)
        figures = compared("KL taken apart, 10,000", cores, ["kl", threads, str(data)], 2 * given.rounds, 1e-6)
        words = ["nll", threads, str(data), str(run), images, draws]
        figures += compared(f"-log p(x), {images} images, k = {draws}", cores, words, given.rounds, 2e-3)
    print(table(figures))


if __name__ == "__main__":
    main()
