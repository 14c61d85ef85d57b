"""Images that come to Encode by hand or clipboard, and an encoder that is replaced while its run trains."""

import base64

import pytest
from playwright.sync_api import Page

from tests.e2e.gestures import wait_for
from tests.e2e.serving import Server
from tests.e2e.test_encode import GOOD, draw_a_seven, ellipse, encoded, expect_the_bar, numbers, opened, pixels
from tests.e2e.test_train import LONG, live_step, start_training, stop_training

# What a browser sends when a file is let go over the panel, or Control V is pressed with an image in the clipboard.
BRING = """([how, base64]) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), each => each.charCodeAt(0));
    data.items.add(new File([bytes], 'one.png', {type: 'image/png'}));
    const common = {bubbles: true, cancelable: true};
    if (how === 'paste') document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, ...common}));
    else document.querySelector('.ls-pad').dispatchEvent(new DragEvent('drop', {dataTransfer: data, ...common}));
}"""


def test_an_image_that_is_dropped_or_pasted_is_encoded_unless_another_tab_is_open(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?run=digits")
    opened(page)
    image = base64.b64encode(encoded(GOOD, "PNG")).decode()
    for how in ("drop", "paste"):
        page.evaluate(BRING, [how, image])
        bar = expect_the_bar(page, how)
    page.get_by_role("tab", name="Images").click()
    page.evaluate(BRING, ["paste", image])
    page.get_by_role("tab", name="Encode").click()
    draw_a_seven(page)
    wait_for(page, lambda: len(ellipse(page)) == 5, "the drawing's ellipse")
    assert pixels(page, "original") != bar, "what was pasted elsewhere is not ours"


@pytest.mark.campaign
def test_the_posterior_of_a_drawing_follows_the_encoder_while_the_run_trains(page: Page, server: Server) -> None:
    start_training(page, server, LONG)
    draw_a_seven(opened(page))
    wait_for(page, lambda: len(numbers(page, "mu")) == 2, "a posterior")
    drawn = pixels(page, "original")
    for _ in range(2):
        step, mu = live_step(page), numbers(page, "mu")
        wait_for(
            page, lambda step=step, mu=mu: live_step(page) > step and numbers(page, "mu") != mu, "a newer posterior"
        )
    assert pixels(page, "original") == drawn, "the drawing stays"
    stop_training(page)
