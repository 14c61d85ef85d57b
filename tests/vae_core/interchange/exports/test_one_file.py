"""A run as one HTML file for other programs, and as a widget of notebooks."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from vae_core import runs, show
from vae_core.errors import RunError, RunMissing
from vae_core.interchange.exports import one_file
from vae_core.runs import RunWriter


class Trait:
    """As traitlets' own, as far as a widget needs them."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def tag(self, *, sync: bool) -> Any:
        assert sync
        return self.value


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    widgets, traits = ModuleType("anywidget"), ModuleType("traitlets")
    monkeypatch.setattr(widgets, "AnyWidget", SimpleNamespace, raising=False)
    monkeypatch.setattr(traits, "Unicode", Trait, raising=False)
    monkeypatch.setattr(traits, "Int", Trait, raising=False)
    monkeypatch.setattr(traits, "List", Trait, raising=False)
    monkeypatch.setitem(sys.modules, "anywidget", widgets)
    monkeypatch.setitem(sys.modules, "traitlets", traits)


def test_a_run_without_a_model_is_refused_in_the_processs_own_sentence(tmp_path: Path) -> None:
    run = runs.open_directory(RunWriter.create(runs.open_run("digits").config, tmp_path).directory)
    with pytest.raises(RunError, match="has no trained model yet"):
        one_file.demo_html(run)


@pytest.mark.usefixtures("notebook")
def test_a_notebook_gets_the_file_in_a_frame_that_reaches_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "demo_html", lambda run: f"<p>{run.id}</p>".encode())
    widget = show("digits", height=700)
    assert (widget.html, widget.height, widget.handles) == ("<p>digits</p>", 700, [])
    assert "allow-same-origin" not in widget._esm


def test_without_anywidget_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: ModuleType | None = None
    monkeypatch.setitem(sys.modules, "anywidget", missing)  # type: ignore[arg-type]  # as if it were not there
    with pytest.raises(RunMissing, match="pip install anywidget"):
        show("digits")
