"""Data sets by name: fetched whole or not at all, read as torchvision and scikit-learn do, or put there by hand."""

import bz2
import gc
import gzip
import hashlib
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vae_core.data import public_files
from tests.vae_core.data.loopback_mirror import Mirror
from tests.vae_core.data.public_files import FILES, HELD_OUT, TRAIN
from tests.vae_core.idx_files import idx, small_files, write
from vae_core.cli.main import main
from vae_core.data import by_name, cards, downloads, kept, registry
from vae_core.data.downloads import download, downloaded_bytes
from vae_core.data.source import DataCard, Split, images_digest
from vae_core.data.statistics import data_facts
from vae_core.errors import DatasetDamaged, DatasetMissing, DownloadFailed

NAMES = list(FILES)


def split_of(name: str, root: Path, split: Any = "train") -> Split:
    return registry.load(name, split, root)


def put(root: Path, files: dict[str, bytes], folder: str = "") -> Path:
    (root / folder).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (root / folder / Path(name).name).write_bytes(content)
    return root


# Downloading


def expect(patch: pytest.MonkeyPatch, name: str, files: dict[str, bytes]) -> None:
    """Tells torchvision, or scikit-learn, to expect these files by the checksums that they have."""
    from sklearn.datasets import _olivetti_faces
    from torchvision import datasets

    sums = {each: hashlib.md5(content).hexdigest() for each, content in files.items()}
    if name == "qmnist":
        pairs = {
            split: [(f"https://x.invalid/{each}", sums[each]) for each in sums if split in each]
            for split in ("train", "test")
        }
        patch.setattr(datasets.QMNIST, "resources", pairs)
    elif name in ("usps", "svhn"):
        original = {"usps": datasets.USPS, "svhn": datasets.SVHN}[name]
        rows = {part: [url, file, sums[file]] for part, (url, file, _) in original.split_list.items() if file in sums}
        patch.setattr(original, "split_list", rows)
    elif name.startswith("emnist"):
        patch.setattr(datasets.EMNIST, "md5", sums["gzip.zip"])
    elif name == "olivetti":
        sha256 = hashlib.sha256(files["olivettifaces.mat"]).hexdigest()
        patch.setattr(_olivetti_faces, "FACES", _olivetti_faces.FACES._replace(checksum=sha256))
    else:
        url = downloads.CIFAR_BINARIES[name][0]
        patch.setitem(downloads.CIFAR_BINARIES, name, (url, sums[f"{name}-binary.tar.gz"]))


@pytest.fixture
def mirror_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Mirror]]:
    """Gives small files of a data set on this machine."""
    mirrors = []

    def start(name: str) -> Mirror:
        mirrors.append(mirror := Mirror(name, FILES[name]()))
        expect(monkeypatch, name, mirror.files)
        monkeypatch.setenv("VAE_DATA_MIRROR", mirror.url)
        return mirror

    yield start
    for mirror in mirrors:
        mirror.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_download_is_prepared_and_leaves_nothing_else_and_the_next_asks_for_nothing(
    name: str, mirror_of: Callable[[str], Mirror], tmp_path: Path
) -> None:
    mirror, root = mirror_of(name), tmp_path / "new/data"
    download(name, root)
    assert [path.name for path in root.iterdir()] == ["by-name"]
    together = {"emnist-letters", "emnist-balanced"} if name.startswith("emnist") else {name}
    assert {path.name for path in (root / "by-name").iterdir()} == together
    asked = len(mirror.asked)
    for each in together:
        download(each, root)
        card = registry.card_here(each, root)
        train, held_out = split_of(each, root), split_of(each, root, "held-out")
        assert card.digest == images_digest(train.images, held_out.images)
        assert card.statistics == data_facts(train.images)
        assert (card.train_size, card.held_out_size) == (len(train.labels), len(held_out.labels))
        assert train.images.shape == (card.train_size, *card.image_shape)
        assert isinstance(train.images, np.memmap)
    assert len(mirror.asked) == asked


def test_what_is_fetched_is_what_people_are_told_to_put_there() -> None:
    for name, recipe in by_name.RECIPES.items():
        assert [remote.name for remote in downloads.remotes(name)] == list(recipe.fetched)
        assert set(FILES[name]()) == set(recipe.fetched)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # urllib leaves the socket of a 404 to the garbage collector
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("usps", b"not what was promised", r"could not be downloaded to .* \(.+\); check the network"),
        ("olivetti", b"neither is this", r"\(olivettifaces.mat is not the file that was promised, by its SHA-256\)"),
        ("cifar-10", None, r"\(.+\); check the network"),
        ("svhn", b"<!DOCTYPE html><html>Please sign in", "in place of test_32x32.mat came a web page"),
        ("emnist-letters", b"\n<HTML>", "in place of gzip.zip came a web page"),
    ],
)
def test_a_file_that_is_another_leaves_nothing_behind(
    name: str, content: bytes | None, said: str, mirror_of: Callable[[str], Mirror], tmp_path: Path
) -> None:
    mirror = mirror_of(name)
    last = list(mirror.files)[-1]
    if content is None:
        del mirror.files[last]
    else:
        mirror.files[last] = content
    with pytest.raises(DownloadFailed, match=said) as failure:
        download(name, tmp_path)
    sentence = str(failure.value)
    assert sentence.startswith(registry.source(name).card.title)
    assert "\n" not in sentence
    if "web page" not in said:
        assert sentence.endswith(f"into {tmp_path / by_name.RECIPES[name].folders[0]}, packed or not")
    del failure
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_what_has_arrived(mirror_of: Callable[[str], Mirror], tmp_path: Path) -> None:
    mirror_of("usps")
    (tmp_path / ".usps-abc.partial").mkdir()
    (tmp_path / ".usps-abc.partial/usps.bz2").write_bytes(bytes(1000))
    assert downloaded_bytes("usps", tmp_path) == 1000
    download("usps", tmp_path)
    assert downloaded_bytes("usps", tmp_path) == registry.DATASETS["usps"].download_bytes


def test_a_damaged_file_that_lies_there_does_not_keep_the_right_one_away(
    mirror_of: Callable[[str], Mirror], tmp_path: Path
) -> None:
    mirror_of("usps")
    put(tmp_path, {"usps.bz2": b"half", "usps.t.bz2": b"half"}, "USPS")
    with pytest.raises(DatasetDamaged, match=r"USPS/usps\.bz2 should hold lines of a label and 256 numbered values"):
        split_of("usps", tmp_path)
    download("usps", tmp_path)
    assert len(split_of("usps", tmp_path).images) == TRAIN
    assert (tmp_path / "USPS/usps.bz2").read_bytes() == b"half"


# Reading, as others do


def theirs(name: str, root: Path) -> tuple[Any, Any]:
    """Training images and labels as torchvision reads the same files, which it knows by their checksums."""
    from torchvision import datasets

    if name == "qmnist":
        put(root, unpacked(public_files.qmnist()), "QMNIST/raw")
        found = datasets.QMNIST(root, what="train", compat=False)
        return found.data.numpy(), found.targets[:, 0].numpy()
    put(root, FILES[name]())
    if name == "usps":
        found = datasets.USPS(root)
        return found.data, np.array(found.targets)
    found = datasets.SVHN(root, "train")
    return found.data, found.labels


@pytest.mark.parametrize("name", ["qmnist", "usps", "svhn"])
def test_images_and_labels_are_those_that_torchvision_gives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect(monkeypatch, name, FILES[name]())
    images, labels = theirs(name, tmp_path / "theirs")
    ours = split_of(name, put(tmp_path / "ours", FILES[name]()))
    assert ours.labels.tolist() == labels.tolist()
    difference = ours.images.astype(int) - images.reshape(ours.images.shape)
    if name == "usps":
        assert set(np.unique(difference)) == {0, 1}  # rounded here, cut there
    else:
        assert not difference.any()


def test_usps_is_exactly_the_bytes_that_its_text_was_made_of(tmp_path: Path) -> None:
    ours = split_of("usps", put(tmp_path, FILES["usps"]()))
    np.testing.assert_array_equal(ours.images.reshape(TRAIN, -1), public_files._noise(TRAIN, 256))


@pytest.mark.parametrize(("name", "first"), [("emnist-letters", 1), ("emnist-balanced", 0)])
def test_emnist_is_upright_and_its_letters_begin_at_0(name: str, first: int, tmp_path: Path) -> None:
    from torchvision import datasets

    parts = public_files.emnist_parts()
    unpacked = {Path(each).name.removesuffix(".gz"): gzip.decompress(content) for each, content in parts.items()}
    put(tmp_path / "theirs", unpacked, "EMNIST/raw")
    found = datasets.EMNIST(tmp_path / "theirs", name.removeprefix("emnist-"))
    ours = split_of(name, put(tmp_path / "ours", FILES[name]()))
    np.testing.assert_array_equal(ours.images[:, 0], found.data.numpy().transpose(0, 2, 1))
    assert ours.labels.tolist() == (found.targets - first).tolist()
    classes = registry.DATASETS[name].card.classes
    assert [classes[label] for label in ours.labels] == [
        found.classes[target].upper() if name == "emnist-letters" else found.classes[target] for target in found.targets
    ]


def test_olivetti_is_what_scikit_learn_gives_and_one_face_of_each_person_is_held_out(
    mirror_of: Callable[[str], Mirror], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.datasets import _olivetti_faces, fetch_olivetti_faces

    mirror = mirror_of("olivetti")
    url = f"{mirror.url}/olivetti/olivettifaces.mat"
    monkeypatch.setattr(_olivetti_faces, "FACES", _olivetti_faces.FACES._replace(url=url))
    found = fetch_olivetti_faces(data_home=tmp_path / "theirs")
    download("olivetti", tmp_path)
    ours = split_of("olivetti", tmp_path, "all")
    held_out = split_of("olivetti", tmp_path, "held-out")
    as_bytes = np.rint(found.images * 255).astype(np.uint8)
    pairs = {(label, image.tobytes()) for label, image in zip(found.target, as_bytes, strict=True)}
    assert {(label, image.tobytes()) for label, image in zip(ours.labels, ours.images, strict=True)} == pairs
    assert held_out.labels.tolist() == list(range(40))


@pytest.mark.parametrize(("name", "classes"), [("cifar-10", 10), ("cifar-100", 100)])
def test_cifar_comes_in_the_order_of_its_batches(name: str, classes: int, tmp_path: Path) -> None:
    parts = [data for each, data in public_files.cifar_parts(classes).items() if each.endswith(".bin")]
    root = put(tmp_path, FILES[name]())
    for split, batches in (("train", parts[:-1]), ("held-out", parts[-1:])):
        before = 1 if classes == 10 else 2
        rows = np.frombuffer(b"".join(batches), np.uint8).reshape(-1, before + 3072)
        found = split_of(name, root, split)
        np.testing.assert_array_equal(found.images.reshape(len(rows), -1), rows[:, before:])
        assert found.labels.tolist() == rows[:, before - 1].tolist()
        if classes == 100:
            assert found.columns["kind"].tolist() == [cards.CIFAR_100_KINDS[row[0]] for row in rows]


def test_qmnist_says_who_wrote_each_digit(tmp_path: Path) -> None:
    found = split_of("qmnist", put(tmp_path, FILES["qmnist"]()), "held-out")
    assert found.columns["writer"].tolist() == [8 * row + 2 for row in range(HELD_OUT)]


def test_names_and_numbers_of_classes_are_as_published() -> None:
    counts = {card.name: len(card.classes) for card in cards.FETCHED}
    assert counts == {
        "qmnist": 10, "emnist-letters": 26, "emnist-balanced": 47, "usps": 10, "svhn": 10,
        "cifar-10": 10, "cifar-100": 100, "olivetti": 40,
    }  # fmt: skip
    assert list(cards.CIFAR_100.classes) == sorted(cards.CIFAR_100.classes)
    assert len(cards.CIFAR_100_KINDS) == 20


# Put there by hand


def unpacked(files: dict[str, bytes]) -> dict[str, bytes]:
    """A folder's files as somebody has unpacked them."""
    plain = {}
    for name, content in files.items():
        if name.endswith((".gz", ".bz2")):
            opened = gzip.decompress(content) if name.endswith(".gz") else bz2.decompress(content)
            plain[name.removesuffix(".gz").removesuffix(".bz2")] = opened
        else:
            plain[name] = content
    return plain


def dotted(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name.replace("-idx", ".idx"): content for name, content in files.items()}


EMNIST, CIFAR = public_files.emnist_parts(), public_files.cifar_parts(10)
BY_HAND = {
    "torchvision's folder": ("qmnist", lambda: unpacked(public_files.qmnist()), "QMNIST/raw"),
    "compressed": ("qmnist", public_files.qmnist, "QMNIST"),
    "dots": ("qmnist", lambda: dotted(unpacked(public_files.qmnist())), ""),
    "compressed by name alone": (
        "qmnist", lambda: {f"{name}.gz": data for name, data in unpacked(public_files.qmnist()).items()}, "QMNIST/raw"),
    "EMNIST's archive": ("emnist-letters", public_files.emnist, "EMNIST/raw"),
    "EMNIST's archive, renamed": ("emnist-letters", lambda: {"emnist-gzip.zip": public_files.emnist()["gzip.zip"]}, ""),
    "EMNIST's archive, opened": ("emnist-letters", lambda: EMNIST, "gzip"),
    "EMNIST in torchvision's folder": ("emnist-letters", lambda: unpacked(EMNIST), "EMNIST/raw"),
    "USPS beside all others": ("usps", public_files.usps, ""),
    "USPS unpacked": ("usps", lambda: unpacked(public_files.usps()), "USPS"),
    "SVHN": ("svhn", public_files.svhn, "SVHN"),
    "CIFAR's archive": ("cifar-10", public_files.cifar_10, ""),
    "CIFAR's archive, unpacked by a browser": (
        "cifar-10", lambda: {"cifar-10-binary.tar": gzip.decompress(public_files.tarred(CIFAR))}, ""),
    "CIFAR's folder": ("cifar-10", lambda: CIFAR, "cifar-10-batches-bin"),
    "Olivetti": ("olivetti", public_files.olivetti, "olivetti"),
}  # fmt: skip


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], DataCard]:
    """The card of a data set's files as they are handed out."""
    root = tmp_path_factory.mktemp("usual")
    return lambda name: registry.card_here(name, put(root, FILES[name]()))


@pytest.mark.parametrize("kind", BY_HAND)
def test_files_put_there_by_hand_are_found_as_they_lie_about(
    kind: str, usual: Callable[[str], DataCard], tmp_path: Path
) -> None:
    name, files, folder = BY_HAND[kind]
    put(tmp_path, files(), folder)
    assert registry.is_available(name, tmp_path)
    assert registry.card_here(name, tmp_path) == usual(name)
    assert len(split_of(name, tmp_path, "all").images) == usual(name).size("all")
    names = {Path(each).name for each in files()}
    assert names <= {path.name for path in (tmp_path / folder).iterdir()}  # they stay


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_here_is_told_with_the_files_and_their_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        DatasetMissing, match=rf"download it with: .* download {name}, or put .* into {tmp_path}/"
    ) as error:
        split_of(name, tmp_path)
    assert all(each in str(error.value) for each in by_name.RECIPES[name].fetched)


@pytest.mark.parametrize(
    ("name", "lying", "is_folder"),
    [
        ("cifar-10", "cifar-10-batches-py", True),
        ("cifar-100", "cifar-100-python.tar.gz", False),
        ("olivetti", "olivetti.pkz", False),
        ("usps", "USPS/usps.csv", False),
    ],
)
def test_another_version_that_lies_there_is_named_and_never_opened(
    name: str, lying: str, is_folder: bool, tmp_path: Path
) -> None:
    path = tmp_path / lying
    path.mkdir() if is_folder else put(tmp_path, {path.name: b""}, str(Path(lying).parent))
    with pytest.raises(DatasetMissing, match=rf"{lying} is another file, and is not opened"):
        split_of(name, tmp_path)


def changed(name: str, **files: bytes) -> dict[str, bytes]:
    return FILES[name]() | {each.replace("__", "."): content for each, content in files.items()}


def qmnist_with(part: str, content: bytes) -> dict[str, bytes]:
    return unpacked(public_files.qmnist()) | {f"qmnist-train-{part}": content}


DAMAGED = {
    "cut off": ("qmnist", lambda: qmnist_with("images-idx3-ubyte", idx(np.zeros((3, 28, 28), np.uint8))[:-1])),
    "labels of bytes": ("qmnist", lambda: qmnist_with("labels-idx2-int", idx(np.zeros((TRAIN, 8), np.uint8)))),
    "one number for each label": (
        "qmnist", lambda: qmnist_with("labels-idx2-int", public_files._idx_of_ints(np.zeros((TRAIN, 1))))),
    "too few labels": (
        "qmnist", lambda: qmnist_with("labels-idx2-int", public_files._idx_of_ints(np.zeros((3, 8))))),
    "four dimensions": ("qmnist", lambda: qmnist_with("images-idx3-ubyte", idx(np.zeros((3, 1, 28, 28), np.uint8)))),
    "other letters": ("emnist-letters", lambda: {"gzip.zip": public_files.zipped(
        EMNIST | {"gzip/emnist-letters-test-labels-idx1-ubyte.gz": idx(np.zeros(HELD_OUT, np.uint8))})}),
    "no zip": ("emnist-letters", lambda: {"gzip.zip": b"PK, or so it seems"}),
    "a zip of others": ("emnist-letters", lambda: {"gzip.zip": public_files.zipped({"emnist-letters.mat": b""})}),
    "half a zip": ("emnist-letters", lambda: {"gzip.zip": public_files.emnist()["gzip.zip"][:5000]}),
    "values too large": ("usps", lambda: {"usps": public_files.usps_text(3).replace(b" 7:", b" 7:9"), "usps.t": b"1"}),
    "numbered otherwise": ("usps", lambda: {"usps": public_files.usps_text(3).replace(b" 7:", b" 8:"), "usps.t": b"1"}),
    "no number": ("usps", lambda: {"usps": public_files.usps_text(3).replace(b" 7:", b" x:"), "usps.t": b"1"}),
    "no text": ("usps", lambda: {"usps": b"", "usps.t": b""}),
    "no matrix": ("svhn", lambda: changed("svhn", train_32x32__mat=b"<html>")),
    "another matrix": ("svhn", lambda: changed("svhn", train_32x32__mat=public_files.matlab({"X": np.zeros(3)}))),
    "another shape": ("svhn", lambda: changed("svhn", train_32x32__mat=public_files.matlab(
        {"X": np.zeros((3, 3, 3, 2), np.uint8), "y": np.ones(2)}))),
    "half a matrix": ("svhn", lambda: changed("svhn", train_32x32__mat=public_files.svhn()["train_32x32.mat"][:900])),
    "half a tar": ("cifar-10", lambda: {"cifar-10-binary.tar.gz": public_files.tarred(CIFAR)[:9000]}),
    "half a batch": ("cifar-10", lambda: {Path(name).name: data[:-9] for name, data in CIFAR.items()}),
    "another class": ("cifar-10", lambda: {Path(name).name: b"\xff" + data[1:] for name, data in CIFAR.items()}),
    "no faces": ("olivetti", lambda: {"olivettifaces.mat": public_files.matlab({"faces": np.zeros((3, 4096))})}),
    "faces in floats": (
        "olivetti", lambda: {"olivettifaces.mat": public_files.matlab({"faces": np.full((4096, 20), 0.5)})}),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_file_that_is_not_right_is_one_sentence_and_nothing_is_prepared(kind: str, tmp_path: Path) -> None:
    name, files = DAMAGED[kind]
    recipe = by_name.RECIPES[name]
    put(tmp_path, files(), recipe.folders[0])
    with pytest.raises(DatasetDamaged, match=r"should hold .* and holds .*; put a whole file there, or move") as error:
        split_of(name, tmp_path)
    assert "\n" not in str(error.value)
    assert str(tmp_path / recipe.folders[0]) in str(error.value)
    assert not list(tmp_path.glob("by-name/*"))


def test_where_nothing_can_be_written_is_one_sentence(tmp_path: Path) -> None:
    put(tmp_path, FILES["usps"]())
    (tmp_path / "by-name").write_text("in the way")
    with pytest.raises(DatasetDamaged, match=r"^USPS could not be prepared in .* \(.*\); check the space on disk"):
        split_of("usps", tmp_path)


def test_half_of_what_was_prepared_is_prepared_anew(tmp_path: Path) -> None:
    put(tmp_path, FILES["usps"]())
    card = registry.card_here("usps", tmp_path)
    (tmp_path / "by-name/usps" / kept.IMAGES).unlink()
    assert registry.card_here("usps", tmp_path) == card
    (tmp_path / "by-name/usps" / kept.IMAGES).write_bytes(b"half")
    with pytest.raises(DatasetDamaged, match=r"could not be read .*; delete .*by-name/usps, then download usps again$"):
        split_of("usps", tmp_path)


def test_kmnist_is_read_as_mnist_is(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}.gz": gzip.compress(data) for name, data in small_files().items()}, "KMNIST")
    assert len(split_of("kmnist", tmp_path, "all").images) == 10
    assert registry.card_here("kmnist", tmp_path).classes[4] == "na"


# Beside what people have added


def test_a_data_set_of_ones_own_that_has_such_a_name_from_before_keeps_its_pictures(tmp_path: Path) -> None:
    from vae_core.intake import adding, drawn

    own = adding.add(drawn.draw("shapes", 20, 0), "Mine", tmp_path).kept
    text = (own.directory / kept.CARD).read_text(encoding="utf-8")
    (own.directory / kept.CARD).write_text(
        text.replace('"mine"', '"svhn"').replace('"Mine"', '"SVHN"'), encoding="utf-8"
    )
    (found,) = kept.everything(tmp_path)
    assert (found.card.name, found.card.title, found.card.digest) == ("svhn-added", "SVHN", own.card.digest)
    assert len(split_of("svhn-added", tmp_path, "all").images) == 20
    assert registry.source("svhn", tmp_path).card == cards.SVHN
    assert len(registry.images_of(found.card, "all", tmp_path).images) == 20
    of_then = DataCard(**{**found.card.as_json(), "name": "svhn"})  # what a run says that learnt from it
    assert len(registry.images_of(of_then, "all", tmp_path).images) == 20


def test_the_commands_fetch_list_and_learn(
    mirror_of: Callable[[str], Mirror], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror_of("usps")
    assert main(["download", "usps", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(f"USPS is in {tmp_path}")
    assert main(["data", "list", "--data-dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "  usps: 9,298 digits from envelopes, 16×16. Here." in said
    assert "32×32. Not here; 246 MB to download." in said
    quick = ["--epochs", "1", "--hidden-sizes", "8", "--batch-size", "8"]
    assert (
        main(["train", "--dataset", "usps", *quick, "--data-dir", str(tmp_path), "--runs-dir", str(tmp_path / "r")])
        == 0
    )


def test_tar_files_are_never_unpacked_onto_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarfile.TarFile, "extractall", lambda *_, **__: pytest.fail("unpacked"))
    assert registry.card_here("cifar-100", put(tmp_path, FILES["cifar-100"]())).train_size == HELD_OUT
