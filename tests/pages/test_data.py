"""Data: what is sent arrives whole or not at all, is shown before it is kept, and is its owner's to change."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.ui import routes
from pages.ui.data_sets import kept_list, preview
from pages.ui.server import images, incoming, urls
from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from tests.vae_core.data.public_files import usps
from tests.vae_core.intake.pictures_for_tests import files, tarred, write, zipped
from tests.vae_core.waiting import wait_until
from vae_core.data import kept, registry
from vae_core.errors import DatasetMissing, DownloadFailed
from vae_core.intake import adding, drawn
from vae_core.intake.pictures import Preparation

NAMES = [f"pets/{kind}/{number}.png" for kind in ("cats", "dogs") for number in range(6)]
DATA = str(NAVIGATION.parent / "data.py")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where data sets lie."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


@pytest.fixture
def pets(tmp_path: Path, root: Path) -> kept.Kept:
    folder = write(tmp_path / "in", files(NAMES))
    return adding.add(adding.find(folder), "My pets", root).kept


# Sending


def test_what_is_sent_is_looked_into_shown_and_kept(client: TestClient, root: Path, tmp_path: Path) -> None:
    body = tarred(tmp_path / "x.tar", files(NAMES)).read_bytes()
    answer = client.put(f"{urls.INCOMING}?name=pets", content=body)
    what = incoming.sent(answer.json()["id"])
    assert what.path.read_bytes() == body
    found = incoming.found_in(what)
    found.wait()
    assert preview.sentence(found.result()) == "12 pictures of 2 classes: cats (6), dogs (6)."
    sheet = incoming.sheet(what, Preparation((8, 8), colour=False))
    sheet.wait()
    assert (sheet.result().names, sheet.result().counts) == (("cats", "dogs"), (6, 6))
    keeping = incoming.keep(what, "Pets", found.result().suggested)
    keeping.wait()
    assert keeping.result().kept.card.name == "pets"
    assert "pets" in registry.datasets()
    incoming.forget(what)
    with pytest.raises(DatasetMissing, match="send it again"):
        incoming.sent(what.id)


def test_too_much_is_refused_in_a_sentence_and_nothing_of_it_stays(
    client: TestClient, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_UPLOAD_MB", "1")
    answer = client.put(f"{urls.INCOMING}?name=x", content=bytes(2**20 + 1))
    assert answer.status_code == 413
    assert "at most 1 MiB" in answer.json()["error"]
    assert not list((root / "incoming").iterdir())


@pytest.mark.parametrize("name", ["", "../../x", "/etc/passwd", "a\x00b", ".hidden", "ü" * 300, "con\n"])
def test_a_file_lies_in_its_own_folder_whatever_it_is_called(client: TestClient, root: Path, name: str) -> None:
    identity = client.put(urls.INCOMING, params={"name": name}, content=b"x").json()["id"]
    what = incoming.sent(identity)
    assert what.path.parent == root / "incoming" / identity
    assert not what.path.name.startswith(".")


def test_another_sites_page_is_not_answered_before_it_sends(client: TestClient) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PUT"}
    answer = client.options(urls.INCOMING, headers=asked)
    assert "access-control-allow-origin" not in answer.headers
    assert client.post(urls.INCOMING, content=b"x").status_code == 405


def test_what_nobody_kept_is_forgotten_after_a_day(client: TestClient, root: Path) -> None:
    old, new = (client.put(urls.INCOMING, content=b"x").json()["id"] for _ in range(2))
    yesterday = time.time() - 25 * 3600
    os.utime(root / "incoming" / old, (yesterday, yesterday))
    client.put(urls.INCOMING, content=b"x")
    assert not (root / "incoming" / old).exists()
    assert incoming.sent(new)


@pytest.mark.parametrize("identity", ["", "..", "../kept", "0" * 31, "g" * 32, "0" * 32])
def test_an_id_that_was_not_given_finds_nothing(identity: str) -> None:
    with pytest.raises(DatasetMissing):
        incoming.sent(identity)


def test_pictures_without_classes_and_skipped_files_are_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", files(["1.png", "2.png"]) | {"readme.txt": b"", ".DS_Store": b""})
    found = adding.find(path)
    assert preview.sentence(found) == (
        "2 pictures, without classes: the map will have one colour. 1 hidden files and system files were passed over."
    )
    assert found.skipped == {"readme.txt": "no picture"}


# The page


def page(monkeypatch: pytest.MonkeyPatch, *, single: str = "1") -> AppTest:
    monkeypatch.setenv("VAE_SINGLE_USER", single)
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    return app.switch_page("data.py").run()


def texts(app: AppTest) -> str:
    return "\n".join(
        str(each.value) for each in (*app.caption, *app.subheader, *app.error, *app.success, *app.markdown)
    )


@pytest.mark.usefixtures("manager")
def test_a_folder_of_this_machine_is_previewed_and_kept(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "in", files(NAMES))
    app = page(monkeypatch)
    app.text_input(key="data-path").set_value(str(folder)).run()
    wait_until(lambda: "12 pictures of 2 classes" in texts(app.run()))
    assert app.selectbox(key="data-size").value == "12×12"
    app.selectbox(key="data-size").set_value("16×16").run()
    keep = next(button for button in app.button if button.label == "Keep 12 pictures")
    keep.click().run()
    wait_until(lambda: "is kept: " in texts(app.run()))
    (found,) = kept.everything(root)
    assert found.card.image_shape == (3, 16, 16)


@pytest.mark.usefixtures("manager", "pets")
def test_what_is_kept_is_listed_renamed_and_deleted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(monkeypatch)
    assert "12 pictures, 12×12 colour, 2 classes; 10 to learn from, 2 held out" in texts(app)
    (found,) = kept.everything(root)
    app.text_input(key=f"rename-{found.card.digest}").set_value("digits").run()
    app.button(key=f"renamed-{found.card.digest}").click().run()
    assert "called digits already" in texts(app)
    app.text_input(key=f"rename-{found.card.digest}").set_value("Cats & dogs").run()
    app.button(key=f"renamed-{found.card.digest}").click().run()
    assert [each.value for each in app.subheader if each.value != "Kept"] == ["Cats & dogs"]
    app.button(key=f"delete-{found.card.digest}").click().run()
    assert "Nothing was added yet." in texts(app)
    assert not kept.everything(root)


@pytest.mark.usefixtures("manager", "pets")
@pytest.mark.parametrize(("single", "is_seen"), [("1", True), ("0", False)])
def test_others_pictures_are_neither_listed_nor_offered_on_a_shared_server(
    single: str, is_seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    app = page(monkeypatch, single=single)
    assert ("My pets" in texts(app)) == is_seen
    assert ("data-path" in [each.key for each in app.text_input]) == is_seen
    app.switch_page("train.py").run()
    assert ("My pets" in app.selectbox(key="dataset").options) == is_seen


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("is_reached", [True, False])
def test_what_everybody_has_is_listed_and_downloaded_by_name(
    is_reached: bool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def arrive(_name: str) -> None:
        if not is_reached:
            raise DownloadFailed("USPS could not be downloaded (refused)")
        root.mkdir()
        for name, content in usps().items():
            (root / name).write_bytes(content)

    monkeypatch.setattr(images, "_download", arrive)
    app = page(monkeypatch)
    labels = [button.label for button in app.button]
    assert "Download USPS, 8 MB" in labels
    assert not any("Digits" in label for label in labels), "which need no download"
    app.button(key="download-usps").click().run()
    assert ("USPS could not be downloaded (refused)" in texts(app)) != is_reached
    assert ("Download USPS, 8 MB" in [button.label for button in app.button]) != is_reached
    app.switch_page("train.py").run()
    assert (app.selectbox(key="dataset").options.index("USPS") == 1) == is_reached, "what is here comes first"
    app.selectbox(key="dataset").set_value("usps").run()
    assert not app.exception
    assert ("USPS is not on this machine yet" in "".join(str(each.value) for each in app.info)) != is_reached


def test_an_export_comes_in_again_as_the_same_pictures(pets: kept.Kept, root: Path, tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(kept_list.exported("my-pets"))
    with np.load(tmp_path / "x.npz") as file:
        assert file["x_train"].shape == (10, 12, 12, 3)
        assert file["classes"].tolist() == ["cats", "dogs"]
        assert file["column_file_train"].tolist() == registry.load("my-pets", "train").columns["file"].tolist()
    found = adding.find(tmp_path / "x.npz")
    assert adding.add(found, "again", root).kept == pets
    elsewhere = adding.add(found, "my pets", tmp_path / "elsewhere").kept.card
    assert (elsewhere.digest, elsewhere.classes) == (pets.card.digest, pets.card.classes)


def test_an_export_of_shapes_brings_their_factors_back(root: Path, tmp_path: Path) -> None:
    adding.add(drawn.draw("shapes", 40), "shapes", root, Preparation((16, 16), colour=False))
    (tmp_path / "x.npz").write_bytes(kept_list.exported("shapes"))
    again = adding.add(adding.find(tmp_path / "x.npz"), "shapes", tmp_path / "elsewhere").kept
    assert again.card.digest == kept.find(root, "shapes").card.digest
    before, after = registry.load("shapes", "train"), registry.load("shapes", "train", tmp_path / "elsewhere")
    assert {"x", "y", "hue"} < after.columns.keys()
    assert all(np.array_equal(before.columns[name], after.columns[name]) for name in before.columns if name != "file")


def test_every_file_that_was_skipped_or_is_there_twice_is_in_the_table(tmp_path: Path) -> None:
    same = files(["a.png"])["a.png"]
    given = {"cats/1.png": same, "cats/2.png": same, "dogs/3.png": files(["x", "b.png"])["b.png"], "dogs/4.png": b"no"}
    added = adding.add(adding.find(write(tmp_path / "in", given)), "x", tmp_path / "data").kept
    assert (added.directory / kept.FILES).read_text("utf-8-sig").splitlines() == [
        "file,why",
        "dogs/4.png,no picture of a known format",
        "cats/2.png,the same picture as cats/1.png",
    ]


def test_the_held_out_share_the_seed_and_the_range_are_choices_of_the_preview(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.random((20, 8, 8)).astype(np.float32))
    app = page(monkeypatch)
    app.text_input(key="data-path").set_value(str(tmp_path / "x.npy")).run()
    wait_until(lambda: "20 pictures" in texts(app.run()))
    assert app.selectbox(key="data-range").options[0] == "0 to 1 (as found)"
    app.selectbox(key="data-range").set_value("0 to 255").run()
    app.segmented_control(key="data-share").set_value(0.3).run()
    app.text_input(key="data-split-seed").set_value("5").run()
    next(button for button in app.button if button.label == "Keep 20 pictures").click().run()
    wait_until(lambda: "is kept: 14 pictures to learn from, 6 held out" in texts(app.run()))
    assert registry.load("x", "all").images.max() == 1


def test_defaults_suit_the_number_of_pictures(pets: kept.Kept, manager: IdleManager, monkeypatch: Any) -> None:
    from vae_core.config import default_of

    assert default_of("epochs", {"dataset": "my-pets"}) == 1000
    assert default_of("epochs", {"dataset": "digits"}) == 400
    assert default_of("epochs", {"dataset": "mnist"}) == 12
