"""Looking back on a training: a scrubber over its epochs, a replay, a GIF, and all of it while the run goes on."""

import io

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.gestures import pixels_of, points_at_rest, wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server
from tests.e2e.test_train import LONG, live_step, start_training, stop_training
from tests.vae_core.small_runs import digits, trained
from vae_core.runs import Run

EPOCHS = 5


@pytest.fixture(scope="module")
def run(server: Server) -> Run:
    """A small model whose every epoch was kept."""
    return trained(digits(epochs=EPOCHS), server.runs)


@pytest.fixture
def explore(page: Page, server: Server, run: Run) -> Page:
    """Explore of that model, with its epochs listed."""
    page.goto(f"{server.url}/?run={run.id}")
    wait_for_canvas(page)
    expect(page.get_by_test_id("time-machine")).to_have_attribute("max", str(EPOCHS))
    return page


def test_looking_back_changes_map_and_images_and_leaves_the_handles(explore: Page, run: Run) -> None:
    points, image, places = points_at_rest(explore), pixels_of(explore), [z_of(explore, at) for at in range(3)]
    explore.get_by_test_id("time-machine").fill("1")
    wait_for(explore, lambda: pixels_of(explore) != image, "the first epoch's image")
    assert live_step(explore) == run.snapshots()[1].step
    wait_for(explore, lambda: points_at_rest(explore) != points, "the first epoch's points, come to rest")
    assert [z_of(explore, at) for at in range(3)] == places
    row = next(row for row in run.metrics()[0] if row["split"] == "held-out" and row["step"] == live_step(explore))
    words = explore.get_by_role("group", name="Time machine").get_by_role("status")
    expect(words).to_contain_text(f"Epoch 1 of {EPOCHS}")
    expect(words).to_contain_text(f"reconstruction {row['reconstruction_nats']:.1f}")
    explore.get_by_test_id("time-machine").fill("0")
    expect(words).to_contain_text("Before training: PCA")
    wait_for(explore, lambda: live_step(explore) == 0, "the linear decoder")
    explore.get_by_test_id("time-machine").fill(str(EPOCHS))
    wait_for(explore, lambda: pixels_of(explore) == image, "the image as it is now")


def test_the_replay_begins_with_the_first_epoch_and_ends_with_now(explore: Page, run: Run) -> None:
    machine = explore.get_by_test_id("time-machine")
    explore.get_by_label("Speed of the replay").select_option("2")
    explore.get_by_role("button", name="Replay the training").click()
    wait_for(explore, lambda: live_step(explore) == run.snapshots()[0].step, "principal components")
    expect(machine).to_have_value(str(EPOCHS))
    expect(explore.get_by_role("button", name="Replay the training")).to_be_visible()
    assert live_step(explore) == run.step


def test_the_training_is_kept_as_a_gif_with_the_lattice_that_is_shown(explore: Page) -> None:
    explore.get_by_role("button", name="Lattice").click()
    with explore.expect_download() as download:
        explore.locator('[data-save="replay"]').click()
    data = download.value.path().read_bytes()
    film = Image.open(io.BytesIO(data))
    frames = []
    for number in range(getattr(film, "n_frames", 1)):
        film.seek(number)
        frame = film.convert("RGB")
        frames.append(frame.tobytes())
        darkest, _ = frame.crop((14, 14, 60, 60)).convert("L").getextrema()
        assert darkest < 200, "a decoded image lies on the light theme's ground"
    assert len(frames) > EPOCHS + 1
    assert len(set(frames)) == len(frames), "something moves in every frame"
    assert len(data) < 4e6


def test_the_address_brings_the_epoch_back(explore: Page, context: BrowserContext, run: Run) -> None:
    explore.get_by_test_id("time-machine").fill("2")
    wait_for(explore, lambda: "epoch=2" in explore.url, "the epoch in the address")
    other = context.new_page()
    other.goto(explore.url)
    wait_for_canvas(other)
    wait_for(other, lambda: live_step(other) == run.snapshots()[2].step, "the same epoch's model")
    expect(other.get_by_test_id("time-machine")).to_have_value("2")
    other.goto(f"{explore.url.split('?')[0]}?run=digits&epoch=2%40{run.id[:8]}")
    wait_for_canvas(other)
    expect(other.get_by_test_id("time-machine")).to_be_hidden()


def test_the_last_position_follows_a_run_that_trains_and_an_epoch_stays(page: Page, server: Server) -> None:
    start_training(page, server, LONG)
    wait_for_canvas(page)
    machine = page.get_by_test_id("time-machine")
    expect(machine).to_be_enabled()
    first = live_step(page)
    wait_for(page, lambda: live_step(page) > first, "a newer model")
    assert machine.evaluate("machine => machine.value === machine.max")
    newest, listed = live_step(page), int(machine.get_attribute("max") or 0)
    machine.fill("0")
    wait_for(page, lambda: live_step(page) < newest, "an earlier model")
    looked_at = live_step(page)
    wait_for(page, lambda: int(machine.get_attribute("max") or 0) > listed, "more epochs to look back on")
    assert (live_step(page), machine.input_value()) == (looked_at, "0")
    machine.press("End")
    wait_for(page, lambda: live_step(page) > newest, "the run as it is now")
    stop_training(page)
