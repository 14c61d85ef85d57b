"""Encoding in the browser: a drawing, a point of the map, a file; its posterior on the map, to scale."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, Route, expect

from pages.ui.server import urls
from tests.e2e.conftest import Watched
from tests.e2e.gestures import wait_for, wait_for_canvas, z_of
from tests.e2e.serving import Server
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.data.registry import load
from vae_core.model.networks import build_vae, load_weights, scale

PIXELS = """canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)
    .filter((_, i) => i % 4 === 0)"""

FACTS = ".ls-encode-facts:not(.ls-asked-only) dd"


@pytest.fixture
def encode(page: Page, server: Server) -> Page:
    """Explore of the digits, whose images come with the project, with the tab open."""
    page.goto(f"{server.url}/?run=digits")
    return opened(page)


def opened(page: Page) -> Page:
    """The tab, once the map is ready."""
    wait_for_canvas(page)
    page.get_by_role("tab", name="Encode").click()
    return page


def numbers(page: Page, name: str) -> list[float]:
    """What the posterior's hook says: "mu", "sigma", "kl", "z" by dimension, or "reconstruction"."""
    text = page.get_by_test_id("posterior").get_attribute(f"data-{name}") or ""
    return [float(part) for part in text.split(",") if part]


def draw(page: Page, *stroke: tuple[float, float]) -> None:
    """A stroke through these places, shares of the pad's sides."""
    pad = page.get_by_test_id("draw-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def draw_a_seven(page: Page) -> None:
    draw(page, (0.25, 0.15), (0.75, 0.15), (0.45, 0.9))


def pixels(page: Page, name: str) -> list[int]:
    """The red channel of one of the three images."""
    return list(page.locator(f".ls-encode .ls-{name}").evaluate(PIXELS))


def ellipse(page: Page) -> list[float]:
    """Centre, half-axes and angle of 1σ in map units, as drawn; nothing where none is."""
    return [
        float(part) for part in (page.get_by_test_id("ellipse").get_attribute("data-ellipse") or "").split(",") if part
    ]


def note(page: Page) -> str:
    return page.locator(".ls-encode-note").inner_text()


def upload(page: Page, name: str, content: bytes) -> None:
    page.get_by_test_id("encode-file").set_input_files({"name": name, "mimeType": "", "buffer": content})


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_drawn_digit_has_its_ellipse_its_table_and_its_reconstruction_while_it_is_drawn(encode: Page) -> None:
    expect(encode.get_by_test_id("posterior")).to_be_hidden()
    draw(encode, (0.25, 0.15), (0.75, 0.15))
    wait_for(encode, lambda: len(ellipse(encode)) == 5, "an ellipse")
    before = numbers(encode, "mu")
    draw(encode, (0.75, 0.15), (0.45, 0.9))
    wait_for(encode, lambda: numbers(encode, "mu") != before, "another posterior")
    mu, sigma, kl = (np.array(numbers(encode, name)) for name in ("mu", "sigma", "kl"))
    np.testing.assert_allclose(kl, 0.5 * (mu**2 + sigma**2 - 1) - np.log(sigma), rtol=1e-4, atol=1e-5)
    assert ellipse(encode)[:2] == pytest.approx(mu.tolist(), abs=1e-5)
    assert ellipse(encode)[2:4] == pytest.approx(sorted(sigma, reverse=True), rel=1e-5)
    rows = encode.locator(".ls-dimensions tbody tr")
    assert rows.count() == 2
    assert rows.first.inner_text().split()[0] == f"z{'₁₂'[int(kl.argmax())]}", "most KL first"
    assert max(pixels(encode, "reconstruction")) > 60
    assert pixels(encode, "original") != pixels(encode, "reconstruction")
    assert encode.evaluate("performance.getEntriesByName('encode').length") > 0
    facts = [float(re.sub(r"[^\d.]", "", text)) for text in encode.locator(FACTS).all_inner_texts()]
    assert facts[2] == pytest.approx(facts[0] + facts[1], abs=0.02)


def test_clear_and_undo_take_the_posterior_away_and_bring_it_back(encode: Page) -> None:
    draw_a_seven(encode)
    wait_for(encode, lambda: len(numbers(encode, "mu")) == 2, "a posterior")
    mu = numbers(encode, "mu")
    encode.get_by_role("button", name="Clear", exact=True).click()
    expect(encode.get_by_test_id("posterior")).to_be_hidden()
    assert ellipse(encode) == []
    encode.get_by_role("button", name="Undo", exact=True).click()
    wait_for(encode, lambda: numbers(encode, "mu") == mu and ellipse(encode) != [], "the drawing's posterior again")


def test_what_is_rubbed_out_is_completed_and_lit_on_the_map_and_comes_back_with_the_encoding(encode: Page) -> None:
    draw_a_seven(encode)
    wait_for(encode, lambda: len(numbers(encode, "mu")) == 2, "a posterior")
    mu, address = numbers(encode, "mu"), encode.url
    ask = encode.get_by_role("button", name="Ask with a brush")
    ask.click()
    completions, heat = encode.get_by_test_id("completions"), encode.get_by_test_id("heat")
    expect(completions).to_have_attribute("data-effective", "all")
    encode.get_by_role("button", name="Hide lower half").click()
    wait_for(encode, lambda: bool(completions.get_attribute("data-refined")), "an exact map")
    expect(heat).to_have_attribute("data-shown", "true")
    expect(encode.get_by_test_id("posterior")).to_be_hidden()
    assert ellipse(encode) == []
    original = pixels(encode, "original")
    drawn = np.array([completions.locator("canvas").nth(each).evaluate(PIXELS) for each in range(1, 6)])
    upper = len(original) // 2
    assert (drawn[:, :upper] == original[:upper]).all(), "what is visible stays"
    assert drawn[:, upper:].std(axis=0).max() > 1, "the rest may go on in several ways"
    assert encode.url == address, "the address knows nothing of pictures"
    ask.click()
    expect(heat).to_have_attribute("data-shown", "false")
    wait_for(encode, lambda: numbers(encode, "mu") == mu and ellipse(encode) != [], "the drawing's posterior again")


def test_a_draw_moves_z_within_the_posterior_and_the_way_back_is_the_mean(encode: Page) -> None:
    draw_a_seven(encode)
    wait_for(encode, lambda: len(numbers(encode, "z")) == 2, "a posterior")
    mu, sigma = numbers(encode, "mu"), numbers(encode, "sigma")
    assert numbers(encode, "z") == mu
    nats = numbers(encode, "reconstruction")
    encode.get_by_role("button", name="Resample").click()
    wait_for(encode, lambda: numbers(encode, "z") != mu and numbers(encode, "reconstruction") != nats, "a draw")
    encode.wait_for_function("() => document.querySelector('.ls-to-mean').disabled === false")
    assert all(abs(z - m) < 7 * s for z, m, s in zip(numbers(encode, "z"), mu, sigma, strict=True))
    encode.get_by_role("button", name="Back to μ").click()
    wait_for(encode, lambda: numbers(encode, "z") == mu and numbers(encode, "reconstruction") == nats, "the mean")
    encode.get_by_role("button", name="Put handle 1 at μ").click()
    assert z_of(encode) == pytest.approx(mu, abs=1e-3)
    wait_for(encode, lambda: "z=" in encode.url, "the handle's place in the address")


def test_a_click_on_a_point_encodes_its_image_and_is_in_the_address(encode: Page, server: Server) -> None:
    embedding = runs.open_run("digits").embedding()
    row = lonely_row(embedding.mu)
    before = z_of(encode)
    click_at(encode, embedding.mu[row])
    image = load("digits", "held-out").images[embedding.index[row], 0]
    wait_for(encode, lambda: pixels(encode, "original") == image.ravel().tolist(), "the real image")
    assert f"Image {embedding.index[row]} of the map, class {embedding.labels[row]}." in note(encode)
    assert numbers(encode, "mu") == pytest.approx(embedding.mu[row].tolist(), abs=1e-4)
    assert numbers(encode, "sigma") == pytest.approx(np.exp(embedding.logvar[row] / 2).tolist(), rel=1e-4)
    assert z_of(encode) == before, "the handle stays"
    wait_for(encode, lambda: f"encode={embedding.index[row]}" in encode.url, "the image in the address")
    encode.goto(encode.url)
    wait_for(encode, lambda: numbers(encode, "mu") == pytest.approx(embedding.mu[row].tolist(), abs=1e-4), "it again")


def lonely_row(mu: np.ndarray) -> int:
    """The point in the middle of the map that is farthest from the others, so that a click means it alone."""
    distances = np.linalg.norm(mu[:, None] - mu[None], axis=2) + 1e9 * np.eye(len(mu))
    return int(np.where(np.abs(mu).max(axis=1) < 2.5, distances.min(axis=1), 0).argmax())


def click_at(page: Page, place: np.ndarray) -> None:
    """A click on a place of the map, which shows −4 to 4 or whatever its axes say."""
    x, y = page.locator('[data-testid="latent-canvas"] .ls-plot').evaluate(
        """(plot, [x, y]) => { const {xaxis, yaxis} = plot._fullLayout, {left, top} = plot.getBoundingClientRect();
           return [left + xaxis._offset + xaxis.d2p(x), top + yaxis._offset + yaxis.d2p(y)]; }""",
        [float(place[0]), float(place[1])],
    )
    page.mouse.click(x, y)


GOOD = Image.new("L", (300, 200), 230)
GOOD.paste(20, (140, 40, 160, 160))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M4 1h1v7h-1z"/></svg>'


def good_files() -> dict[str, bytes]:
    """The same bar as one would bring it: other modes, a drawing, 40 megapixels, moving."""
    moving = encoded(GOOD, "GIF", save_all=True, append_images=[Image.new("L", GOOD.size, 90)])
    return {
        "one.png": encoded(GOOD, "PNG"),
        "one.jpg": encoded(GOOD.convert("CMYK"), "JPEG"),
        "one.svg": SVG,
        "huge.png": encoded(GOOD.resize((8000, 5000)), "PNG"),
        "two.gif": moving,
    }


def expect_the_bar(page: Page, name: str) -> list[int]:
    """Wait until the picture of a bar is encoded as a white one on black, and clear it away; what was seen of it."""
    wait_for(page, lambda: len(ellipse(page)) == 5, f"an ellipse for {name}")
    bar = pixels(page, "original")
    seen = np.array(bar).reshape(8, 8)
    assert seen[:, 0].max() < 60, name
    assert seen[3:5, 3:5].max() > 120, name
    page.get_by_role("button", name="Clear", exact=True).click()
    wait_for(page, lambda: ellipse(page) == [], "nothing")
    return bar


def test_any_picture_of_a_bar_is_seen_white_on_black_and_encoded(encode: Page) -> None:
    for name, content in good_files().items():
        upload(encode, name, content)
        expect_the_bar(encode, name)
    upload(encode, "two.gif", good_files()["two.gif"])
    wait_for(encode, lambda: "its first frame is used" in note(encode), "what became of the second frame")
    before = pixels(encode, "original")
    encode.get_by_label("Invert").check()
    wait_for(encode, lambda: pixels(encode, "original") != before, "black on white")


BAD_FILES = {
    "words.txt": (b"no picture at all", "“words.txt” is no image: expected one, got "),
    "broken.png": (encoded(GOOD, "PNG")[:30], "“broken.png” could not be decoded"),
    "empty.png": (b"", "“empty.png” is empty"),
}


# As browsers do that protect their users from fingerprinting: what a canvas gives back is noise.
NOISE = """for (const kind of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
  const honest = kind.prototype.getImageData;
  kind.prototype.getImageData = function (...box) {
    const pixels = honest.apply(this, box);
    pixels.data.forEach((_, at, data) => { data[at] = Math.random() * 256; });
    return pixels;
  };
}"""


@pytest.mark.campaign
def test_a_browser_that_gives_back_noise_encodes_the_picture_all_the_same_or_says_why_not(encode: Page) -> None:
    bar = Image.new("L", (120, 120))
    ImageDraw.Draw(bar).line((60, 10, 60, 110), fill=255, width=14)
    posteriors = []
    for script in ("", NOISE, "delete window.VideoFrame;"):
        encode.add_init_script(script)
        encode.reload()
        opened(encode)
        upload(encode, "bar.png", encoded(bar, "PNG"))
        if script.startswith("delete"):
            break
        wait_for(encode, lambda: len(numbers(encode, "reconstruction")) == 1, "its nats")
        posteriors.append([numbers(encode, name) for name in ("mu", "sigma", "reconstruction")])
    assert posteriors[0] == posteriors[1]
    wait_for(encode, lambda: "allow this page to read its canvas" in note(encode), "a sentence")
    expect(encode.get_by_test_id("posterior")).to_be_hidden()


def test_a_file_that_is_no_picture_is_one_sentence_and_what_was_there_stays(encode: Page) -> None:
    draw_a_seven(encode)
    wait_for(encode, lambda: len(numbers(encode, "mu")) == 2, "a posterior")
    mu = numbers(encode, "mu")
    for name, (content, sentence) in BAD_FILES.items():
        upload(encode, name, content)
        wait_for(encode, lambda start=sentence: note(encode).startswith(start), f"the sentence for {name}")
        assert numbers(encode, "mu") == mu


ENCODE = """async ([assets, file, model, rows]) => {
    const {loadRuntime} = await import(assets + 'ui/browser/model/decoder.mjs');
    const {createEncoder} = await import(assets + 'ui/browser/model/encoder.mjs');
    const {klPerDimension} = await import(assets + 'ui/browser/model/posterior.mjs');
    const bytes = await (await fetch(file)).arrayBuffer();
    const encoder = await createEncoder(await loadRuntime(assets), bytes, model);
    const all = [];
    for (const row of rows) {
        const posterior = await encoder.encode(Float32Array.from(row));
        const sigma = Array.from(posterior.logvar, each => Math.exp(each / 2));
        all.push([Array.from(posterior.mu), sigma, Array.from(klPerDimension(posterior))]);
    }
    return all;
}"""
KINDS = ({}, {"architecture": "conv", "channels": "4 8"}, {"posterior": "full", "latent_dim": 4}, {"objective": "cvae"})


def test_the_browser_encodes_what_torch_encodes(page: Page, server: Server) -> None:
    import torch

    images = scale(torch.from_numpy(load("digits", "held-out").images[:60]))
    page.goto(server.url)
    wait_for_canvas(page)
    for kind in KINDS:
        run = trained(digits(epochs=10, **kind), server.runs)
        vae = build_vae(run.config)
        load_weights(vae, run.weights())
        label = 3 if run.config.is_conditional else None
        model = {"latentDim": run.config.latent_dim, "imageShape": list(vae.image_shape)}
        file = f"{urls.run_base(run.id)}encoder/{run.step}" + (f"?label={label}" if label else "")
        asked = [f"{server.url}/{urls.asset_base()}", file, model, images.flatten(1).tolist()]
        got = np.array(page.evaluate(ENCODE, asked))  # (60, 3, D)
        with torch.no_grad():
            posterior = vae.encode(images, None if label is None else torch.full((60,), label))
        expected = (posterior.mu, (posterior.logvar / 2).exp(), posterior.kl_per_dim())
        for at, values in enumerate(expected):
            np.testing.assert_allclose(got[:, at], values.numpy(), rtol=1e-5, atol=1e-5, err_msg=str(kind))


def test_an_autoencoder_has_a_point_and_says_so(page: Page, server: Server) -> None:
    run = trained(digits(objective="autoencoder"), server.runs)
    page.goto(f"{server.url}/?run={run.id}")
    draw_a_seven(opened(page))
    wait_for(page, lambda: "no ellipse, no KL" in note(page), "the sentence")
    expect(page.get_by_role("button", name="Resample")).to_be_hidden()
    assert numbers(page, "kl") == [0.0, 0.0]
    assert page.locator(FACTS).all_inner_texts()[1:] == ["–", "–"]


def test_a_conditional_model_is_told_a_class_of_ones_own_choice(page: Page, server: Server) -> None:
    run = trained(digits(objective="cvae", epochs=20), server.runs)
    page.goto(f"{server.url}/?run={run.id}")
    draw_a_seven(opened(page))
    wait_for(page, lambda: len(numbers(page, "mu")) == 2, "a posterior")
    mu, image = numbers(page, "mu"), pixels(page, "reconstruction")
    page.get_by_test_id("encode-class").select_option("7")
    wait_for(page, lambda: numbers(page, "mu") != mu and pixels(page, "reconstruction") != image, "another class's")
    embedding = run.embedding()
    row = lonely_row(embedding.mu)
    click_at(page, embedding.mu[row])
    wait_for(
        page, lambda: numbers(page, "mu") == pytest.approx(embedding.mu[row].tolist(), abs=1e-4), "its own class's"
    )
    assert page.get_by_test_id("encode-class").input_value() == str(embedding.labels[row])


def test_without_its_encoder_the_rest_goes_on_and_a_sentence_says_what_to_do(
    page: Page, server: Server, watched: Watched
) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    page.route(re.compile(r"/encoder/"), refuse)
    page.goto(f"{server.url}/?run=digits")
    draw_a_seven(opened(page))
    wait_for(page, lambda: "The encoder could not be fetched" in note(page), "the sentence")
    embedding = runs.open_run("digits").embedding()
    row = lonely_row(embedding.mu)
    click_at(page, embedding.mu[row])
    wait_for(
        page, lambda: numbers(page, "mu") == pytest.approx(embedding.mu[row].tolist(), abs=1e-4), "what is stored of it"
    )
    assert len(ellipse(page)) == 5
    page.unroute(re.compile(r"/encoder/"))
    wait_for(page, lambda: drawn_again(page) and "could not" not in note(page), "the encoder after all")
    watched.complaints.clear()


def drawn_again(page: Page) -> bool:
    """One more stroke."""
    draw(page, (0.3, 0.3), (0.7, 0.7))
    return len(numbers(page, "mu")) == 2


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.campaign), "dark"])
def test_the_tab_has_no_serious_barrier_and_fits_a_telephone(browser: Browser, server: Server, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server.url}/?run=digits")
    draw_a_seven(opened(page))
    wait_for(page, lambda: len(numbers(page, "mu")) == 2, "a posterior")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    results = Axe().run(page, context={"include": [['[data-testid="latent-canvas"]']]})
    serious = [each for each in results.response["violations"] if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious] == []
    page.screenshot(path=Path(__file__).parent / "screenshots" / f"encode-{scheme}-390.png")
    context.close()


def test_a_keyboard_draws_encodes_and_moves_the_handle(encode: Page) -> None:
    encode.get_by_role("tab", name="Encode").press("Tab")
    pad = encode.get_by_test_id("draw-pad")
    pad.focus()
    for key in (" ", "ArrowDown", "ArrowDown", "ArrowDown", " "):
        encode.keyboard.press(key)
    wait_for(encode, lambda: len(numbers(encode, "mu")) == 2, "a posterior")
    put = encode.get_by_role("button", name="Put handle 1 at μ")
    put.focus()
    encode.keyboard.press("Enter")
    assert z_of(encode) == pytest.approx(numbers(encode, "mu"), abs=1e-3)
