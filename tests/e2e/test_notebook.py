"""The widget of notebooks: its module in a page that stands in for one, and what it shows."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.gestures import READY_MS
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.interchange.exports.one_file import WIDGET, demo_html

NOTEBOOK = "http://notebook.invalid/"
PAGE = f"""<!doctype html><title>Notebook</title><div id="cell"></div><script type="module">
{WIDGET.replace("export default", "const widget =")}
window.show = (html) => {{
  window.traits = new Map(Object.entries({{ html, height: 900, handles: [] }}));
  const model = {{ get: (name) => traits.get(name), set: (name, value) => traits.set(name, value) }};
  model.save_changes = () => undefined;
  widget.render({{ model, el: cell }});
}};
</script>"""


@pytest.fixture
def notebook(profile: BrowserContext) -> Page:
    page = profile.new_page()
    page.route(f"{NOTEBOOK}**", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(NOTEBOOK)
    page.evaluate("(html) => window.show(html)", demo_html(runs.open_run("digits")).decode())
    return page


def test_a_handle_is_dragged_in_a_notebook_its_image_follows_and_python_hears_where_it_is(notebook: Page) -> None:
    requests: list[str] = []
    canvas = notebook.frame_locator("iframe")
    handle, image = canvas.get_by_test_id("handle-0"), canvas.get_by_test_id("decoded-0")
    picture = "canvas => canvas.toDataURL()"
    handle.wait_for(timeout=READY_MS)
    canvas.get_by_text(re.compile(r"^Nearest real")).first.wait_for(timeout=READY_MS)
    before, box = image.evaluate(picture), handle.bounding_box()
    assert box
    notebook.on("request", lambda request: requests.append(request.url))
    notebook.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    notebook.mouse.down()
    notebook.mouse.move(box["x"] + 80, box["y"] + 40, steps=5)
    notebook.mouse.up()
    wait_until(lambda: image.evaluate(picture) != before)
    wait_until(lambda: notebook.evaluate("traits.get('handles').length"))
    z = notebook.evaluate("traits.get('handles')[0].z")
    assert z[0] > 0 > z[1]  # to the right and down, from the middle
    assert requests == []
    notebook.close()
