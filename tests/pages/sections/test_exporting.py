"""The panel of Runs and Explore that gives a run in another program's format."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.sections import exporting
from pages.ui.server.background import Background, Task
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.interchange.exports import formats


def panel() -> None:
    from pages.ui.sections import exporting
    from vae_core import runs

    exporting.offer(runs.open_run("digits"))


@pytest.fixture(autouse=True)
def nothing_made_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_made", Background("exports", 8))
    monkeypatch.setattr(exporting, "POLL_S", 0.01)


def downloads(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


def chosen(name: str) -> AppTest:
    app = AppTest.from_function(panel).run()
    return app.selectbox[0].set_value(name).run()


def test_every_format_can_be_chosen_and_says_how_to_get_it_without_the_app() -> None:
    app = chosen("onnx")
    assert not app.exception
    assert list(app.selectbox[0].options) == [each.title for each in formats.FORMATS.values()]
    assert downloads(app) == ["Download digits-onnx.zip"]
    assert "--to onnx" in app.caption[-1].value


def test_what_takes_seconds_is_made_once_and_then_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def make(run: runs.Run, name: str, _task: Task[bytes]) -> bytes:
        asked.append(name)
        return b"columns"

    monkeypatch.setattr(exporting, "_make", make)
    app = chosen("embedding-csv")
    assert downloads(app) == []
    app.button[0].click().run()
    assert downloads(app) == ["Download embedding.csv"]
    assert downloads(chosen("embedding-csv")) == ["Download embedding.csv"]
    assert asked == ["embedding-csv"]


def test_a_failure_is_a_sentence_and_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(*_: Any) -> bytes:
        raise LatentStudioError("the disk is full; make room")

    monkeypatch.setattr(exporting, "_make", make)
    app = chosen("grid-png")
    app.button[0].click().run()
    assert [error.value for error in app.error] == ["the disk is full; make room"]
    assert chosen("grid-png").button


def test_a_process_of_its_own_makes_what_the_command_line_makes() -> None:
    run = runs.open_run("digits")
    assert exporting._make(run, "curves-csv", Task()) == formats.packed(run, "curves-csv")
