"""What a person does first, in Debian's Firefox: node drives it, see `firefox.mjs`, and each of its steps is a test."""

import json
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.e2e.serving import ROOT, Server
from tests.pages.node import node

FIREFOX = Path("/usr/bin/firefox-esr")
pytestmark = pytest.mark.campaign
STEPS = (
    "every page opens",
    "a handle is dragged and its image follows",
    "a tap is where the pointer is on a page that CSS zooms",
    "a drawing is encoded",
    "a picture is encoded",
    "a run trains to its end",
    "a picture is encoded alike where a canvas gives back noise",
)


@pytest.fixture(scope="module")
def walk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What went wrong in each step, by its name; "" for nothing."""
    if not FIREFOX.exists():
        pytest.skip(f"{FIREFOX} is missing; install Debian's firefox-esr to see the app in Firefox, too")
    bar = Image.new("L", (120, 120))
    ImageDraw.Draw(bar).line((60, 10, 60, 110), fill=255, width=14)
    picture = tmp_path_factory.mktemp("picture") / "bar.png"
    bar.save(picture)
    command = [node(), "tests/e2e/firefox.mjs", server.url, str(picture)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["step"]: each["error"] for each in told}


def test_all_steps_are_known_here(walk: dict[str, str]) -> None:
    assert tuple(walk) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_in_firefox(walk: dict[str, str], step: str) -> None:
    assert walk[step] == ""
