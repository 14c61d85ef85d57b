"""From files to a data set that is kept, beside one epoch of torchvision's ImageFolder over the same files.

Seconds are of what is done, without the imports; memory is what all processes of a contender hold at most, above what
its first one holds once it has imported what it needs. The pictures are CIFAR-10's, from `cifar10` of the data folder.
"""

import io
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from tests.bench.report import Figure, median, single
from tests.e2e.serving import ROOT

JPEGS, PHOTOGRAPHS, ROWS = 60_000, 3_000, 60_000
LEARNT = (10_000, 1_000_000)
"""Images of the two trainings whose memory is compared."""
LEARNING_S = 25.0
_TURNS = tuple(Image.Transpose)[:5]
_MB = 1e6


@dataclass(frozen=True)
class Measured:
    """Of one contender: seconds, those of all cores that it used, and MB at most above its imports."""

    seconds: float
    processor_s: float
    memory_mb: float


def small_pictures(data: Path, rounds: int) -> list[Figure]:
    """60,000 JPEGs of 32 by 32, in ten folders and as one .zip."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, archive = Path(temporary) / "pictures", Path(temporary) / "pictures.zip"
        _write(folder, _turned(data, JPEGS))
        _zip(folder, archive)
        return _beside(folder, [folder, archive], 0, f"{JPEGS:,} JPEGs 32×32", rounds)


def photographs(data: Path, rounds: int) -> list[Figure]:
    """Photographs of 512 pixels to 64 by 64: fewer than a data set has, for time goes with their number."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "photographs"
        _write(folder, _mosaics(data, PHOTOGRAPHS))
        return _beside(folder, [folder], 64, f"{PHOTOGRAPHS:,} photographs", rounds)


def _beside(folder: Path, ours: Sequence[Path], size: int, what: str, rounds: int) -> list[Figure]:
    """In turn; ratios are taken between neighbours. The first round warms the disk up."""
    times: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    used: dict[str, list[float]] = {}
    memory: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for path in ours:
            usual, own = run("torchvision", folder, size), run("ours", path, size)
            if turn:
                name = "zip" if path.suffix else "folder"
                times.setdefault("ImageFolder, one epoch", []).append(usual.seconds)
                times.setdefault(f"from a {name}", []).append(own.seconds)
                ratios.setdefault(name, []).append(usual.seconds / own.seconds)
                used.setdefault(name, []).append(usual.processor_s / own.processor_s)
                memory.setdefault(name, []).append(own.memory_mb)
    return [
        *(median(f"{what}, {name}", samples, None, "s") for name, samples in times.items()),
        *(median(f"{what}, {n}: against ImageFolder", r, 3.0, "×", is_at_least=True) for n, r in ratios.items()),
        *(median(f"{what}, {name}: processor time against its", r, None, "×") for name, r in used.items()),
        *(median(f"{what}, {name}: memory above the import", m, 300.0, "MB") for name, m in memory.items()),
    ]


def tables(rounds: int) -> list[Figure]:
    """60,000 rows of 784 pixels and a label."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    rng = np.random.default_rng(0)
    pixels = (rng.integers(0, 256, (ROWS, 784)) * (rng.random((ROWS, 784)) < 0.2)).astype(np.uint8)
    names = {f"pixel{index}": pixels[:, index] for index in range(784)}
    table = pa.table({"label": rng.integers(0, 10, ROWS)} | names)
    figures = list[Figure]()
    with tempfile.TemporaryDirectory() as temporary:
        pa.csv.write_csv(table, Path(temporary) / "x.csv")
        pa.parquet.write_table(table, Path(temporary) / "x.parquet")
        for name in ("x.csv", "x.parquet"):
            runs = [run("ours", Path(temporary) / name, 0) for _ in range(rounds)]
            what = f"{ROWS:,} rows of a {name[1:]}"
            figures.append(median(f"{what}, kept", [each.seconds for each in runs], None, "s"))
            figures.append(median(f"{what}: memory above the import", [each.memory_mb for each in runs], None, "MB"))
    return figures


def learning() -> list[Figure]:
    """What a training holds of a million images, above one of ten thousand."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        peaks = []
        for count in LEARNT:
            keep_made(root, count)
            command = [sys.executable, "-m", "vae_core", "train", "--dataset", f"made-{count}", "--epochs", "3"]
            command += ["--hidden-sizes", "64", "--batch-size", "128", "--threads", "1", "--data-dir", temporary]
            peaks.append(_peak([*command, "--runs-dir", str(root / "runs")], LEARNING_S) / _MB)
    spread = f"{peaks[0]:.0f} MB with {LEARNT[0]:,}, {peaks[1]:.0f} MB with {LEARNT[1]:,}"
    return [
        single("a training of a million images: memory above one of 10,000", peaks[1] - peaks[0], 100, "MB", spread)
    ]


def keep_made(root: Path, count: int) -> None:
    """So many images of 28 by 28, noise that repeats, as a data set that is kept under made-COUNT."""
    from vae_core.data import kept
    from vae_core.data.source import DataCard, images_digest
    from vae_core.data.statistics import data_facts

    base = np.random.default_rng(0).integers(0, 256, (1000, 1, 28, 28), np.uint8)
    with kept.staging(root) as folder:
        images = np.lib.format.open_memmap(folder / kept.IMAGES, "w+", np.uint8, (count, 1, 28, 28))
        for start in range(0, count, 1000):
            images[start : start + 1000] = np.roll(base, start // 1000, 0) ^ np.uint8(start // 1000 % 251)
        images.flush()
        train, held_out = images[: -count // 100], images[-count // 100 :]
        card = DataCard(
            name=f"made-{count}", title=f"made {count}", image_shape=(1, 28, 28), classes=None, labels="none",
            train_size=len(train), held_out_size=len(held_out), digest=images_digest(train, held_out),
            statistics=data_facts(train),
        )  # fmt: skip
        kept.write_beside(folder, card, None, {}, {})
        kept.settle(root, folder)


# Running


def run(who: str, path: Path, size: int) -> Measured:
    """One contender in its own process."""
    command = [sys.executable, "-m", "tests.bench.intake_child", who, str(path), str(size)]
    said = list[str]()
    peak = _peak(command, None, said)
    values = json.loads(said[-1])
    return Measured(values["seconds"], values["processor_s"], (peak - values["imported"]) / _MB)


def _peak(command: Sequence[str], most_s: float | None, said: list[str] | None = None) -> float:
    """Bytes that a process and its children hold at most until it ends, or until so many seconds have passed."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with sampled(process.pid) as most:
        try:
            out, _ = process.communicate(timeout=most_s)
        except subprocess.TimeoutExpired:
            process.terminate()
            out, _ = process.communicate()
    if said is not None:
        said += out.splitlines()
    return max(most)


@contextmanager
def sampled(pid: int) -> Iterator[list[float]]:
    """What a process and its children hold, in bytes, every 20 ms."""
    most, is_over = [0.0], threading.Event()

    def look() -> None:
        root = psutil.Process(pid)
        while not is_over.wait(0.02):
            with suppress(psutil.Error):
                most.append(sum(each.memory_info().rss for each in (root, *root.children(recursive=True))))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        is_over.set()
        thread.join()


# Pictures


def _named(data: Path) -> Iterator[tuple[str, bytes]]:
    """(path, JPEG) of CIFAR-10's test pictures."""
    with zipfile.ZipFile(data / "cifar10/test.zip") as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".jpg"):
                yield "/".join(name.split("/")[-2:]), archive.read(name)


def _turned(data: Path, count: int) -> Iterator[tuple[str, bytes]]:
    """Each as it is, then mirrored and turned, until there are enough."""
    pictures = list(_named(data))
    yield from pictures[:count]
    for number in range(len(pictures), count):
        name, jpeg = pictures[number % len(pictures)]
        image = Image.open(io.BytesIO(jpeg)).transpose(_TURNS[number // len(pictures) - 1])
        yield f"{name[:-4]}-{number}.jpg", _jpeg(image)


def _mosaics(data: Path, count: int) -> Iterator[tuple[str, bytes]]:
    """Four by four of them as one of 512 pixels, smoothly enlarged, with a camera's noise."""
    pictures = list(_named(data))
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 4, (8, 512, 512, 3))
    for number in range(count):
        mosaic = Image.new("RGB", (128, 128))
        for tile in range(16):
            _, jpeg = pictures[(number * 16 + tile) % len(pictures)]
            mosaic.paste(Image.open(io.BytesIO(jpeg)), (32 * (tile % 4), 32 * (tile // 4)))
        large = np.asarray(mosaic.resize((512, 512), Image.Resampling.BICUBIC)) + noise[number % 8]
        yield f"{number % 10}/{number}.jpg", _jpeg(Image.fromarray(np.clip(large, 0, 255).astype(np.uint8)))


def _jpeg(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.convert("RGB").save(written, "JPEG", quality=90)
    return written.getvalue()


def _write(folder: Path, pictures: Iterator[tuple[str, bytes]]) -> None:
    for name, content in pictures:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _zip(folder: Path, archive: Path) -> None:
    shutil.make_archive(str(archive.with_suffix("")), "zip", folder)
