"""Data sets: read exactly, refused when damaged, fetched whole or not at all."""

import gc
import gzip
import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.data.loopback_mirror import Mirror
from tests.vae_core.idx_files import NAMES, idx, small_files, write
from vae_core.data import digits, downloads, torchvision_sets
from vae_core.data.downloads import download, downloaded_bytes
from vae_core.data.registry import DATASETS, card_here, data_root, images_of, is_available, load, why_no_images
from vae_core.data.source import images_digest
from vae_core.data.statistics import data_facts
from vae_core.errors import DatasetDamaged, DatasetMissing, DatasetUnknown, DownloadFailed

# Reading


def test_digits_are_scikit_learns_rescaled_and_each_is_in_one_split() -> None:
    from sklearn.datasets import load_digits

    split = load("digits", "all")
    pixels, labels = load_digits(return_X_y=True)
    assert split.images.shape == (1797, 1, 8, 8)
    assert split.images.dtype == np.uint8
    assert split.labels.dtype == np.uint32
    theirs = np.column_stack((np.rint(pixels * 255 / 16), labels))
    ours = np.column_stack((split.images.reshape(-1, 64), split.labels))
    assert sorted(map(tuple, ours)) == sorted(map(tuple, theirs))


def test_digits_are_the_same_if_scikit_learn_moves_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    direct = digits._table()
    monkeypatch.setattr(digits, "find_spec", lambda name: None)
    np.testing.assert_array_equal(digits._table(), direct)


def test_held_out_digits_have_every_class_in_its_share() -> None:
    held_out = np.bincount(load("digits", "held-out").labels)
    train = np.bincount(load("digits", "train").labels)
    np.testing.assert_allclose(held_out, (held_out + train) * 297 / 1797, atol=1)


def test_what_load_gives_is_the_callers_own() -> None:
    load("digits", "train").images[:] = 0
    assert load("digits", "train").images.any()


@pytest.mark.parametrize("name", ["digits", "mnist", "fashion-mnist"])
def test_the_table_says_what_loading_gives(name: str, request: pytest.FixtureRequest) -> None:
    card = DATASETS[name].card
    root = request.getfixturevalue("mnist_root") if name != "digits" else None
    if not is_available(name, root):
        pytest.skip(f"{card.title} is not here: set VAE_DATA_DIR to a folder that holds it")
    for split, size in (("train", card.train_size), ("held-out", card.held_out_size)):
        loaded = load(name, split, root)
        assert loaded.images.shape == (size, *card.image_shape)
        assert loaded.labels.shape == (size,)
        assert set(loaded.labels.tolist()) == set(range(card.class_count))


def test_what_is_known_of_digits_and_mnist_is_what_their_images_say(mnist_root: Path) -> None:
    for name in ("digits", "mnist"):
        card = DATASETS[name].card
        train, held_out = (load(name, split, mnist_root).images for split in ("train", "held-out"))
        assert card.digest == images_digest(train, held_out)
        assert asdict(card.statistics) == pytest.approx(asdict(data_facts(train)))
        assert card_here(name, mnist_root) == card


def test_digits_are_measured_anew_if_scikit_learns_file_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "_FILE_SHA256", "another")
    assert digits.card_here.__wrapped__() == digits.CARD
    images, labels, held_out = digits._everything()
    monkeypatch.setattr(digits, "_everything", lambda: (images // 2, labels, held_out))
    darker = digits.card_here.__wrapped__()
    assert darker.digest != digits.CARD.digest
    assert darker.statistics.mean_grey == pytest.approx(digits.CARD.statistics.mean_grey / 2, rel=0.02)


def test_other_images_under_a_known_name_have_a_card_of_their_own(tmp_path: Path) -> None:
    assert card_here("mnist", tmp_path) == DATASETS["mnist"].card
    write(tmp_path, small_files())
    card, split = card_here("mnist", tmp_path), load("mnist", "train", tmp_path)
    assert (card.train_size, card.held_out_size) == (7, 3)
    assert card.digest == images_digest(split.images, load("mnist", "held-out", tmp_path).images)
    assert card.statistics == data_facts(split.images)
    assert (card.name, card.classes) == ("mnist", DATASETS["mnist"].card.classes)


def test_a_card_is_told_again_when_a_file_changes(tmp_path: Path) -> None:
    raw = write(tmp_path, small_files())
    before = card_here("mnist", tmp_path).digest
    (raw / NAMES[2]).write_bytes(idx(np.zeros((4, 28, 28), np.uint8)))
    (raw / NAMES[3]).write_bytes(idx(np.zeros(4, np.uint8)))
    assert card_here("mnist", tmp_path).digest != before
    assert card_here("mnist", tmp_path).held_out_size == 4


def test_a_second_process_is_told_the_card_without_reading_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = write(tmp_path, small_files())
    known = card_here("mnist", tmp_path)
    torchvision_sets._card_here.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(torchvision_sets, "load", lambda *_: pytest.fail("the files were read again"))
        assert card_here("mnist", tmp_path) == known
    (raw / NAMES[0]).write_bytes(idx(np.zeros((7, 28, 28), np.uint8)))
    os.utime(raw / NAMES[0], ns=(0, 1))
    assert card_here("mnist", tmp_path).digest != known.digest


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"files": []}', b'{"files": [], "card": 3}', b'{"files": [], "card": {}}', None]
)
def test_a_kept_card_that_says_nothing_is_replaced(tmp_path: Path, content: bytes | None) -> None:
    write(tmp_path, small_files())
    known, kept = card_here("mnist", tmp_path), tmp_path / "MNIST" / torchvision_sets.KEPT
    whole = kept.read_bytes()
    kept.write_bytes(content if content is not None else whole.replace(str(known.digest).encode(), b"?"))
    torchvision_sets._card_here.cache_clear()
    assert card_here("mnist", tmp_path) == known
    assert kept.read_bytes() == whole


def test_images_belong_to_a_card_by_their_digest_and_not_by_its_name(tmp_path: Path) -> None:
    known = DATASETS["mnist"].card
    assert str(why_no_images(known, tmp_path)).startswith("MNIST is not on this machine; download")
    write(tmp_path, small_files())
    here = card_here("mnist", tmp_path)
    assert why_no_images(here, tmp_path) is None
    assert len(images_of(here, "all", tmp_path).images) == 10
    assert str(why_no_images(known, tmp_path)).startswith("The images called MNIST on this machine are others")
    with pytest.raises(DatasetMissing, match=r"^The images called MNIST on this machine are others than this run's"):
        images_of(known, "train", tmp_path)
    assert why_no_images(replace(here, digest=None), tmp_path) is None
    assert why_no_images(replace(here, digest=None, train_size=8), tmp_path) is not None


def test_images_of_a_data_set_that_this_machine_does_not_know_are_said_not_to_be_known() -> None:
    card = replace(DATASETS["digits"].card, name="leaves", title="Leaves")
    sentence = "This machine does not know the data set Leaves, so its real images cannot be shown."
    assert why_no_images(card) == sentence
    with pytest.raises(DatasetMissing, match=sentence.removesuffix(".") + "$"):
        images_of(card, "held-out")


def test_mnist_is_read_in_the_order_of_its_files(mnist_root: Path) -> None:
    assert load("mnist", "train", mnist_root).labels[:5].tolist() == [5, 0, 4, 1, 9]
    everything = load("mnist", "all", mnist_root)
    held_out = load("mnist", "held-out", mnist_root)
    np.testing.assert_array_equal(everything.images[60_000:], held_out.images)
    assert held_out.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_idx_files_come_back_as_they_were_written(tmp_path: Path) -> None:
    files = small_files()
    write(tmp_path, files)
    split = load("mnist", "held-out", tmp_path)
    assert idx(split.images[:, 0]) == files["t10k-images-idx3-ubyte"]
    assert idx(split.labels.astype(np.uint8)) == files["t10k-labels-idx1-ubyte"]


def test_reading_needs_neither_torch_nor_scikit_learn() -> None:
    code = (
        "import sys; from vae_core.data.registry import load; load('digits', 'all'); "
        "print({'torch', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# What is wrong with files and names


@pytest.mark.parametrize("call", [lambda n: load(n, "train"), is_available, download, downloaded_bytes])
def test_an_unknown_name_is_answered_with_the_known_ones(call) -> None:
    with pytest.raises(DatasetUnknown, match=r"^no data set is called 'cifar'; choose one of digits, mnist, fashion-"):
        call("cifar")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_a_missing_data_set_names_the_file_and_the_command(name: str, tmp_path: Path) -> None:
    assert not is_available(name, tmp_path / "nowhere")
    with pytest.raises(DatasetMissing, match=rf"nowhere.* is missing\); download it with: .* download {name}$"):
        load(name, "train", tmp_path / "nowhere")


def replace_content(content: bytes, start: int, new: bytes) -> bytes:
    return content[:start] + new + content[start + len(new) :]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("train-images-idx3-ubyte", lambda content: content[:-1]),
        ("train-images-idx3-ubyte", lambda content: content + b"\0"),
        ("train-images-idx3-ubyte", lambda content: content[:9]),
        ("train-images-idx3-ubyte", lambda content: b""),
        ("train-images-idx3-ubyte", lambda content: replace_content(content, 0, b"<htm")),
        ("train-images-idx3-ubyte", lambda content: replace_content(content, 4, b"\xff" * 12)),
        ("train-images-idx3-ubyte", lambda content: idx(np.zeros((7, 28, 29), np.uint8))),
        ("train-images-idx3-ubyte", lambda content: idx(np.zeros((0, 28, 28), np.uint8))),
        ("train-labels-idx1-ubyte", lambda content: idx(np.zeros(6, np.uint8))),
        ("train-labels-idx1-ubyte", lambda content: idx(np.zeros((7, 1, 1), np.uint8))),
    ],
)
def test_a_damaged_file_is_named_with_what_it_should_hold(name: str, change, tmp_path: Path) -> None:
    files = small_files()
    write(tmp_path, files | {name: change(files[name])})
    with pytest.raises(
        DatasetDamaged, match=r"should hold .* and holds .*; put a whole file .* download mnist$"
    ) as found:
        load("mnist", "train", tmp_path)
    assert "MNIST/raw/train-" in str(found.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    raw = write(tmp_path, small_files())
    (raw / NAMES[0]).unlink()
    (raw / NAMES[0]).mkdir()
    with pytest.raises(DatasetDamaged, match=r"train-images-idx3-ubyte should hold readable bytes .*directory"):
        load("mnist", "train", tmp_path)


def test_the_data_folder_is_the_environments_or_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_DATA_DIR", "~/pictures")
    assert data_root() == Path.home() / "pictures"
    monkeypatch.delenv("VAE_DATA_DIR")
    assert data_root() == Path.home() / ".cache/latent-studio/data"


# Downloading


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """Gives small files, whose checksums torchvision is told to expect, and is named by VAE_DATA_MIRROR."""
    import torchvision

    mirror = Mirror("mnist", {f"{name}.gz": gzip.compress(content) for name, content in small_files().items()})
    sums = [(name, hashlib.md5(content).hexdigest()) for name, content in mirror.files.items()]
    monkeypatch.setattr(torchvision.datasets.MNIST, "resources", sums)
    monkeypatch.setenv("VAE_DATA_MIRROR", mirror.url)
    yield mirror
    mirror.close()


def test_a_download_leaves_the_four_files_and_nothing_else(mirror: Mirror, tmp_path: Path) -> None:
    root = tmp_path / "new/data"
    download("mnist", root)
    assert {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()} == small_files()
    assert [path.name for path in root.iterdir()] == ["MNIST"]
    assert is_available("mnist", root)
    assert len(load("mnist", "all", root).images) == 10


def test_a_second_download_asks_for_nothing(mirror: Mirror, tmp_path: Path) -> None:
    download("mnist", tmp_path)
    mirror.files.clear()
    download("mnist", tmp_path)


def test_a_file_that_was_missing_is_fetched_and_the_rest_replaced_whole(mirror: Mirror, tmp_path: Path) -> None:
    raw = write(tmp_path, small_files())
    (raw / NAMES[2]).unlink()
    own = idx(np.zeros((9, 28, 28), np.uint8))
    for kept in (f"{NAMES[0]}.replaced-1", f"{NAMES[0]}.replaced-2"):  # twice: what was kept stays
        (raw / NAMES[0]).write_bytes(own)
        (raw / NAMES[2]).unlink(missing_ok=True)
        download("mnist", tmp_path)
        assert len(load("mnist", "all", tmp_path).images) == 10
        assert (raw / kept).read_bytes() == own
    assert len(list(raw.iterdir())) == 6


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # urllib leaves the socket of a 404 to the garbage collector
@pytest.mark.parametrize("content", [b"not what was promised", gzip.compress(b"neither is this", mtime=0), None])
def test_a_corrupt_or_missing_file_leaves_nothing_behind(mirror: Mirror, tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        del mirror.files[f"{NAMES[3]}.gz"]
    else:
        mirror.files[f"{NAMES[3]}.gz"] = content
    with pytest.raises(
        DownloadFailed, match=r"^MNIST could not be downloaded to .* \(.+\); check the network"
    ) as failure:
        download("mnist", tmp_path)
    assert "\n" not in str(failure.value)
    del failure
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    assert not is_available("mnist", tmp_path)


def test_no_network_is_one_sentence_and_what_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        monkeypatch.setenv("VAE_DATA_MIRROR", f"http://127.0.0.1:{taken.getsockname()[1]}/")
        kept = write(tmp_path, {NAMES[0]: b"kept"}) / NAMES[0]
        with pytest.raises(DownloadFailed, match="refused"):
            download("mnist", tmp_path)
    assert kept.read_bytes() == b"kept"
    assert [path.name for path in tmp_path.iterdir()] == ["MNIST"]


def test_a_folder_that_cannot_be_written_is_one_sentence(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadFailed, match="MNIST could not be downloaded"):
        download("mnist", tmp_path / "file/data")


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html>Please sign in", b"\xef\xbb\xbf\n<html lang=en>blocked"])
def test_a_web_page_in_place_of_a_file_is_called_one(mirror: Mirror, tmp_path: Path, page: bytes) -> None:
    mirror.files[f"{NAMES[1]}.gz"] = page
    with pytest.raises(
        DownloadFailed, match=rf"in place of {NAMES[1]}.gz came a web page, .* VAE_DATA_MIRROR"
    ) as failure:
        download("mnist", tmp_path)
    assert "check the network" not in str(failure.value)
    assert mirror.url in str(failure.value)
    del failure
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_silent_servers_are_given_up_only_while_downloading(mirror: Mirror, tmp_path: Path) -> None:
    download("mnist", tmp_path)
    assert socket.getdefaulttimeout() is None


def test_progress_counts_what_has_arrived_and_is_whole_at_the_end(mirror: Mirror, tmp_path: Path) -> None:
    assert downloaded_bytes("mnist", tmp_path) == 0
    under_way = tmp_path / ".mnist-abc.partial/MNIST/raw"
    under_way.mkdir(parents=True)
    (under_way / f"{NAMES[0]}.gz").write_bytes(bytes(1000))
    (under_way / NAMES[0]).write_bytes(bytes(9000))  # unpacked: not counted twice
    assert downloaded_bytes("mnist", tmp_path) == 1000
    download("mnist", tmp_path)
    assert downloaded_bytes("mnist", tmp_path) == DATASETS["mnist"].download_bytes


def test_progress_asked_for_as_a_download_ends_is_whole(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_meanwhile(name: str, root: Path) -> list[tuple[float, Path]]:
        monkeypatch.undo()
        write(tmp_path, small_files())
        raise FileNotFoundError

    monkeypatch.setattr(downloads, "_partial_folders", end_meanwhile)
    assert downloaded_bytes("mnist", tmp_path) == DATASETS["mnist"].download_bytes


def test_a_download_that_was_killed_long_ago_is_swept_away_and_a_recent_one_left(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".mnist-recent.partial").mkdir()
    download("mnist", tmp_path)
    assert (tmp_path / ".mnist-recent.partial").is_dir()
    (tmp_path / "MNIST/raw" / NAMES[0]).unlink()
    monkeypatch.setattr(downloads, "_LEFTOVER_S", -1.0)
    download("mnist", tmp_path)
    assert not (tmp_path / ".mnist-recent.partial").exists()
