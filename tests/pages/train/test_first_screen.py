"""Train before Start: images by class, the networks with their shapes and weights, what the settings are for."""

import io
import shutil
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui.draw.network_picture import compact, network_picture
from pages.ui.server import class_examples
from pages.ui.server.background import Background
from pages.ui.train import first_screen, forms
from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.config import parse_config
from vae_core.config.options import RECIPES
from vae_core.data import registry
from vae_core.errors import DatasetDamaged


def test_each_class_has_its_own_images_and_their_number() -> None:
    found = class_examples.read("digits")
    digits = registry.load("digits", "train")
    assert digits.labels is not None
    assert found.counts == tuple(np.bincount(digits.labels))
    assert found.names == tuple("0123456789")
    atlas = np.array(Image.open(io.BytesIO(found.atlas_png)))  # (10 · 9, 10 · 9, grey and alpha), a gap after each 8
    assert atlas.shape == (90, 90, 2)
    members = np.flatnonzero(digits.labels == 7)
    np.testing.assert_array_equal(atlas[63:71, :8, 0], digits.images[members[0], 0])
    assert (atlas[63:71, :8, 1] == 255).all()
    assert not atlas[71, :, 1].any(), "between two rows the ground is seen"


def test_images_without_labels_are_shown_without_classes() -> None:
    images = np.arange(7 * 3 * 4, dtype=np.uint8).reshape(7, 1, 3, 4)
    found = class_examples.rows_of(images, None, None)
    assert (found.names, found.counts) == (("",), (0,))
    html = first_screen.class_rows(found)
    assert "of each class" not in html


def test_large_pictures_in_colour_are_thinned_out_and_a_rare_class_has_fewer() -> None:
    images = np.full((3, 3, 200, 100), 90, dtype=np.uint8)
    found = class_examples.rows_of(images, np.array([0, 0, 1], dtype=np.uint32), ("cat", "dog"))
    atlas = np.array(Image.open(io.BytesIO(found.atlas_png)))
    assert atlas.shape[2] == 4
    assert max(atlas.shape) <= class_examples.PER_ROW * 2 * 64
    assert found.counts == (2, 1)
    half = atlas.shape[0] // 2
    assert (atlas[half:, :, 3] > 0).sum() < (atlas[:half, :, 3] > 0).sum()


def test_what_is_left_out_is_said_in_its_row() -> None:
    assert "left out" in first_screen.class_rows(class_examples.read("digits"), {3})
    assert "left out" not in first_screen.class_rows(class_examples.read("digits"))


def shapes(**settings: Any) -> list[tuple[str, str, int]]:
    stages = first_screen.stages(parse_config(settings), registry.source("mnist").card)
    return [(stage.title, stage.note, stage.weights) for stage in stages]


def test_a_connected_network_has_its_widths_and_the_weights_between() -> None:
    assert shapes(hidden_sizes=(32,), latent_dim=3) == [
        ("28×28", "", 0),
        ("32", "", 784 * 32 + 32),
        ("z 3", "μ, σ", 32 * 6 + 6),
        ("32", "", 3 * 32 + 32),
        ("28×28", "", 32 * 784 + 784),
    ]


def test_a_convolutional_network_has_its_maps() -> None:
    titles = [(title, note) for title, note, _ in shapes(architecture="conv", channels=(16, 32))]
    half = [("28×28", ""), ("14×14", "16 maps"), ("7×7", "32 maps"), ("128", "")]
    assert titles == [*half, ("z 2", "μ, σ"), *half[::-1]]
    assert shapes(architecture="conv", channels=(16, 32))[1][2] == 16 * 4 * 4 + 16


def test_an_autoencoders_z_is_a_point() -> None:
    assert ("z 2", "point") in [(title, note) for title, note, _ in shapes(objective="autoencoder")]


def test_the_picture_names_its_stages_and_lets_nothing_through_that_is_no_text() -> None:
    html = network_picture(first_screen.stages(parse_config({"hidden_sizes": (32,)}), registry.source("mnist").card))
    assert 'aria-label="From image to image: 28×28, 32, z 2 μ, σ, 32, 28×28"' in html
    assert 'title="25,120 weights"' in html
    assert [compact(count) for count in (96, 9_999, 25_120, 1_500_000)] == ["96", "9,999", "25k", "1.5M"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_is_for(name: str) -> None:
    for dataset in ("digits", "mnist"):
        told = forms.purpose(parse_config({"dataset": dataset, **RECIPES[name][1]}))
        assert told.startswith(f"{name}: ")
        assert RECIPES[name][0][1:] in told


def test_settings_of_ones_own_are_told_by_what_sets_them_apart() -> None:
    told = forms.purpose(parse_config({"objective": "beta-vae", "beta": 5, "latent_dim": 3, "schedule": "cosine"}))
    assert told == "Your own settings: latent dimensions 3, objective β-VAE, β 5, schedule of the rate Cosine."


def train() -> AppTest:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    return app.switch_page("train.py").run()


def html_of(app: AppTest) -> str:
    return "".join(each.proto.body for each in app.get("html"))


def test_the_page_does_not_wait_for_the_images_and_has_them_later(manager: IdleManager) -> None:
    app = train()
    assert not app.exception
    assert 'class="network"' in html_of(app)
    wait_until(lambda: class_examples.ask("digits"))
    assert 'class="classes"' in html_of(app.run())


def test_images_that_cannot_be_read_are_said_to_be_damaged_and_nobody_waits_for_them(
    manager: IdleManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(dataset: str) -> class_examples.ClassExamples:
        raise DatasetDamaged(f"{dataset} is damaged")

    monkeypatch.setattr(class_examples, "_examples", Background("test", 2))
    monkeypatch.setattr(class_examples, "read", damaged)
    app = train()
    wait_until(lambda: app.run().error.values == ["digits is damaged"])  # each run of the page tries again
    assert not app.exception
    assert not any("on their way" in caption.value for caption in app.caption), "whoever waits would poll"


def test_images_that_are_not_here_are_said_to_be_missing(manager: IdleManager) -> None:
    app = train()
    app.selectbox(key="dataset").set_value("mnist").run()
    assert any("can be seen here after the download" in caption.value for caption in app.caption)
    assert "28×28" in html_of(app)


def test_the_last_run_of_ones_own_is_told_with_the_way_to_it(
    manager: IdleManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_SINGLE_USER", "1")
    assert not any(header.value == "The last run" for header in train().subheader)
    run_id = runs.new_run_id()
    shutil.copytree(runs.open_run("digits").directory, runs.runs_root() / run_id)
    app = train()
    assert not app.exception
    assert any("Held-out −ELBO" in each.value for each in app.markdown)
    assert {link.proto.query_string for link in app.get("page_link")} == {f"training={run_id}", f"run={run_id}"}
