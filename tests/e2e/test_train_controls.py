"""Train's controls, as a person uses them while a run trains: pause, step, slow motion, changes, stop, resume."""

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.gestures import READY_MS, drag, pixels_of, wait_for, wait_for_canvas
from tests.e2e.serving import Server
from tests.e2e.test_train import LONG, live_step, start_training, stop_training
from tests.vae_core.small_runs import digits, trained

BETA = "β, weight of the regulariser"
REMEMBER = """() => { window.nodes = ['[data-testid="latent-canvas"]', '[data-testid="live-curves"] .js-plotly-plot']
    .map(each => [each, document.querySelector(each)]); }"""
SAME = "() => window.nodes.every(([each, node]) => node && node === document.querySelector(each))"


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def status_of(page: Page, server: Server, run_id: str) -> dict[str, Any]:
    """The run's status as the components fetch it."""
    status: dict[str, Any] = page.request.get(f"{server.url}/studio/runs/{run_id}/status").json()
    return status


def step_of(page: Page, server: Server, run_id: str) -> int:
    return int(status_of(page, server, run_id)["step"])


def headline(page: Page) -> str:
    return page.locator(".ls-state").inner_text().strip()


def pause(page: Page) -> None:
    """Press Pause, and wait until the page says that the run is paused."""
    button(page, "Pause").click()
    expect(button(page, "Resume")).to_be_enabled(timeout=READY_MS)
    assert headline(page) == "Paused"


def resume(page: Page) -> None:
    button(page, "Resume").click()
    expect(button(page, "Pause")).to_be_enabled(timeout=READY_MS)


def marks(page: Page) -> list[str]:
    """The words on the curves' marks."""
    notes = page.evaluate("""() => document.querySelector('[data-testid="live-curves"] .js-plotly-plot')
        .layout.annotations.map(note => note.text)""")
    return [text for text in notes if not text.startswith("<b>")]


def change_beta(page: Page, value: str, *, title: str, verb: str) -> None:
    """Type another β among what can be changed, and press the button below it."""
    button(page, title).click()
    page.get_by_test_id("stPopoverBody").get_by_role("textbox", name=BETA).fill(value)
    button(page, verb).click()


def within_reach(page: Page) -> None:
    """Every control, on a telephone."""
    controls = [button(page, name) for name in ("Resume", "Step", "Stop", "Change while it runs")]
    for control in [*controls, page.get_by_role("textbox", name="Steps a second")]:
        box = control.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] + box["height"] <= 844


def test_a_paused_run_is_paused_after_a_refresh_its_map_can_be_dragged_and_a_step_is_one(
    page: Page, server: Server
) -> None:
    run_id = start_training(page, server, LONG)
    wait_for_canvas(page)
    pause(page)
    before = step_of(page, server, run_id)
    wait_for(page, lambda: live_step(page) == before, "the map of the very step at which it was paused")

    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    wait_for_canvas(page)
    expect(button(page, "Resume")).to_be_enabled()
    within_reach(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    pixels = pixels_of(page)
    drag(page, 0, 90, -60)
    wait_for(page, lambda: pixels_of(page) != pixels, "another image")
    assert step_of(page, server, run_id) == before

    button(page, "Step").click()
    wait_for(page, lambda: step_of(page, server, run_id) == before + 1, "one more step")
    wait_for(page, lambda: live_step(page) == before + 1, "the map after that step")
    assert status_of(page, server, run_id)["state"] == "paused"
    stop_training(page)


def slow_motion(page: Page, steps_per_s: str) -> None:
    pace = page.get_by_role("textbox", name="Steps a second")
    pace.fill(steps_per_s)
    pace.press("Enter")


@pytest.mark.campaign
def test_a_run_is_slowed_changed_stopped_and_taken_up_again(page: Page, server: Server) -> None:
    run_id = start_training(page, server, LONG)
    wait_for_canvas(page)
    page.evaluate(REMEMBER)
    slow_motion(page, "5")
    wait_for(page, lambda: headline(page) == "Slow motion, 5 steps/s", "word of the slow motion")
    slow_motion(page, "")
    wait_for(page, lambda: headline(page) == "Training", "full speed")
    assert status_of(page, server, run_id)["steps_per_s"] is None

    change_beta(page, "4", title="Change while it runs", verb="Apply")
    wait_for(page, lambda: status_of(page, server, run_id)["beta"] == 4, "the new β")
    wait_for(page, lambda: marks(page) == ["β 4"], "a mark on the curves")
    page.keyboard.press("Escape")

    stop_training(page)
    stopped = step_of(page, server, run_id)
    expect(page.get_by_text(f"Resume goes on from step {stopped:,}")).to_be_visible()
    change_beta(page, "2", title="Change and resume", verb="Resume with these")
    expect(button(page, "Pause")).to_be_enabled(timeout=READY_MS)
    page.keyboard.press("Escape")
    wait_for(page, lambda: step_of(page, server, run_id) > stopped, "steps after the one at which it was stopped")
    wait_for(page, lambda: live_step(page) > stopped, "the map to form again")
    wait_for(page, lambda: marks(page) == ["β 4", "β 2"], "the marks of before and the new one")
    assert page.evaluate(SAME), "map and curves were mounted anew"
    stop_training(page)


def trainers(server: Server) -> list[int]:
    """Processes of this server that train, or wait to."""
    children = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    found = [int(child) for listed in children for child in listed.read_text().split()]
    return [each for each in found if b"worker" in Path(f"/proc/{each}/cmdline").read_bytes()]


@pytest.mark.campaign
def test_a_trainer_that_is_killed_is_said_on_the_page_and_the_run_goes_on_from_its_checkpoint(
    page: Page, server: Server
) -> None:
    run_id = start_training(page, server, LONG)
    wait_for_canvas(page)
    pause(page)  # which leaves a checkpoint
    step = step_of(page, server, run_id)
    for process in trainers(server):
        os.kill(process, signal.SIGKILL)
    expect(page.get_by_role("alert")).to_be_visible(timeout=READY_MS)
    expect(page.get_by_text(f"Resume goes on from step {step:,}")).to_be_visible()
    resume(page)
    wait_for(page, lambda: step_of(page, server, run_id) > step, "the run to go on")
    stop_training(page)


@pytest.mark.parametrize("address", ["/train?training=", "/?run="])
def test_a_conditional_model_draws_the_class_that_is_chosen(page: Page, server: Server, address: str) -> None:
    run = trained(digits(objective="cvae", epochs=2), server.runs)
    page.goto(f"{server.url}{address}{run.id}")
    wait_for_canvas(page)
    canvas = page.get_by_test_id("latent-canvas")
    expect(canvas).to_have_attribute("data-label", "0")
    page.evaluate("() => { window.canvas = document.querySelector('[data-testid=\"latent-canvas\"]'); }")
    before = pixels_of(page)
    page.get_by_role("combobox", name=re.compile("Class")).click()
    page.get_by_role("option", name="7", exact=True).click()
    expect(canvas).to_have_attribute("data-label", "7")
    wait_for(page, lambda: pixels_of(page) != before, "the image of the other class")
    assert "class=7" in page.url
    assert page.evaluate("() => window.canvas === document.querySelector('[data-testid=\"latent-canvas\"]')")


def test_an_autoencoder_has_one_curve_that_is_its_loss(page: Page, server: Server) -> None:
    run = trained(digits(objective="autoencoder", epochs=2), server.runs)
    page.goto(f"{server.url}/train?training={run.id}")
    page.locator('[data-testid="live-curves"] .js-plotly-plot .scatterlayer').first.wait_for()
    plots = page.evaluate("""() => document.querySelector('[data-testid="live-curves"] .js-plotly-plot')
        .data.map(trace => trace.name)""")
    assert plots == [f"Loss: reconstruction alone, {split}" for split in ("training", "held-out")]
    expect(page.get_by_test_id("kl-per-dimension")).to_be_hidden()
