"""What a training needs and what there is: said before anything is allocated, and close to the truth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.memory_grid import Changes, measured
from vae_core.architecture.memory import available_bytes, estimate, require
from vae_core.config import parse_config
from vae_core.data import registry, torchvision_sets
from vae_core.errors import MemoryTooSmall

ROOT = Path(__file__).parents[3]
MNIST: Changes = {"dataset": "mnist", "device": "cpu"}
SHORT: list[Changes] = [
    MNIST,
    {**MNIST, "hidden_sizes": [4096, 1024], "batch_size": 32, "objective": "cvae"},
    {**MNIST, "hidden_sizes": [64], "batch_size": 4096, "likelihood": "discretised-logistic"},
    {
        **MNIST,
        "hidden_sizes": [256],
        "batch_size": 128,
        "objective": "iwae",
        "importance_samples": 20,
        "latent_dim": 20,
    },
    {**MNIST, "architecture": "conv", "batch_size": 64},
]

CARD = registry.source("mnist").card


def bytes_for(changes: Changes) -> int:
    return estimate(parse_config(changes), CARD)


@pytest.fixture(scope="module")
def some_of_mnist(mnist_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenth of each of its files: what the images themselves take is known, and looking through them takes long."""
    root = tmp_path_factory.mktemp("some")
    for whole in torchvision_sets.files(CARD, mnist_root):
        data = whole.read_bytes()
        count = int.from_bytes(data[4:8], "big")
        start = 4 + 4 * data[3]
        some = data[start : start + (len(data) - start) // 10]
        path = root / whole.relative_to(mnist_root)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[:4] + (count // 10).to_bytes(4, "big") + data[8:start] + some)
    return root


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the highest that a process ever had")
@pytest.mark.parametrize("changes", SHORT, ids=str)
def test_the_estimate_is_within_a_fifth_of_what_a_training_takes(
    changes: Changes, some_of_mnist: Path, tmp_path: Path
) -> None:
    """Of the whole of MNIST, and of more settings, it is measured at length: `tests/torture/test_memory.py`."""
    expected = estimate(parse_config(changes), registry.card_here("mnist", some_of_mnist))
    assert measured(changes, some_of_mnist, tmp_path) == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize(
    "more",
    [
        {"hidden_sizes": [2048, 2048]},
        {"batch_size": 8192},
        {"architecture": "conv", "channels": [256, 256], "batch_size": 1024},
        {"objective": "iwae", "importance_samples": 100},
        {"objective": "m2", "batch_size": 4096},
        {"objective": "beta-tcvae", "batch_size": 2048, "latent_dim": 32},
        {"likelihood": "discretised-logistic", "batch_size": 4096},
        {"posterior": "full", "latent_dim": 64, "batch_size": 4096},
    ],
    ids=str,
)
def test_what_takes_more_memory_is_estimated_higher(more: Changes) -> None:
    assert bytes_for({**MNIST, **more}) > 1.3 * bytes_for(MNIST)


def test_a_training_too_large_is_refused_with_both_numbers_and_what_to_do() -> None:
    config = parse_config({**MNIST, "hidden_sizes": [4096, 4096]})
    needed = bytes_for({**MNIST, "hidden_sizes": [4096, 4096]})
    require(config, CARD, needed)
    with pytest.raises(
        MemoryTooSmall, match=r"about 1\.\d GB of memory and 0\.5 GB are free; make the hidden sizes or"
    ):
        require(config, CARD, 500_000_000)
    conv = parse_config({**MNIST, "architecture": "conv"})
    with pytest.raises(MemoryTooSmall, match="make the channels or the batch smaller"):
        require(conv, CARD, 10_000_000)


def test_another_devices_memory_is_not_judged() -> None:
    require(parse_config({**MNIST, "device": "cuda", "hidden_sizes": [4096, 4096]}), CARD, 1)


def test_refusal_comes_before_torch_is_even_there() -> None:
    code = (
        "import sys; from vae_core.config import parse_config; from vae_core.errors import MemoryTooSmall\n"
        "from vae_core.architecture.memory import require; from vae_core.data.registry import source\n"
        "config = parse_config({'dataset': 'mnist', 'hidden_sizes': '4096 4096'})\n"
        "try: require(config, source('mnist').card, 1_000_000_000)\n"
        "except MemoryTooSmall: sys.exit('torch' in sys.modules)\n"
        "sys.exit('it was let through')"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_what_is_free_is_some_of_this_machine() -> None:
    import psutil

    assert 0 < available_bytes() <= psutil.virtual_memory().total


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


@pytest.mark.parametrize("version", [1, 2])
def test_a_containers_limit_counts_without_what_is_only_cache(version: int, tmp_path: Path) -> None:
    if version == 2:
        write(tmp_path / "proc/self/cgroup", "0::/app\n")
        group, limit, used, cache = tmp_path / "sys/fs/cgroup/app", "memory.max", "memory.current", "inactive_file"
    else:
        write(tmp_path / "proc/self/cgroup", "5:cpu:/x\n4:memory:/elsewhere\n0::/\n")
        group, limit, used, cache = (
            tmp_path / "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
        )  # fmt: skip
    write(group / limit, "1000000\n")
    write(group / used, "400000\n")
    write(group / "memory.stat", f"anon 1\n{cache} 50000\n")
    assert available_bytes(tmp_path) == 650_000
    write(group / limit, "100\n")
    assert available_bytes(tmp_path) == 0
    write(group / limit, "max\n")
    assert available_bytes(tmp_path) > 1_000_000
