"""Apply: a use is chosen, carried out by a process of its own, shown and taken away, or stopped."""

import json
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.apply import running
from pages.ui.apply.running import Wanted
from pages.ui.server.background import Background
from tests.vae_core.apply.test_parts import made
from vae_core import runs
from vae_core.apply import folder
from vae_core.errors import LatentStudioError

KEPT = "import pathlib, sys; out = sys.argv[sys.argv.index('--out') + 1]; "


@pytest.fixture(autouse=True)
def nothing_known_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_uses", Background("apply", 16))


def says(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """In place of the process."""
    monkeypatch.setattr(running, "_command", lambda wanted, out: [sys.executable, "-c", code, "--out", out])


def gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the process, one that gives a small result."""
    folder.write(tmp_path, made())
    says(monkeypatch, f"{KEPT}import shutil; shutil.copytree({str(tmp_path)!r}, out, dirs_exist_ok=True)")


def wanted(**settings: str) -> Wanted:
    return Wanted(runs.open_run("digits"), "anomalies", settings)


def ended(asked: Wanted) -> running.Task[running.Outcome]:
    task = running.start(asked)
    assert task.wait(60)
    return task


def test_a_use_is_carried_out_once_and_its_files_go_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gives(tmp_path, monkeypatch)
    task = ended(wanted(draws="16"))
    assert task.result().result == made().result
    assert task.result().path("scores.csv").read_bytes() == b"a,b\n"
    assert running.start(wanted(draws="16")) is task
    assert running.outcome(wanted(draws="64")) is None


def test_what_the_process_last_said_is_the_reason_for_its_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, "import sys; print('25% scoring', file=sys.stderr); sys.exit('too few images')")
    task = ended(wanted())
    assert str(task.error) == "too few images"
    assert (task.share, task.doing) == (0.25, "scoring")


def test_a_use_can_be_stopped_and_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, "import threading; threading.Event().wait()")
    task = running.start(wanted())
    running.stop(wanted())
    assert task.wait(60)
    with pytest.raises(LatentStudioError, match="stopped"):
        task.result()
    gives(tmp_path, monkeypatch)
    assert ended(wanted()).result().result.part == "anomalies"


def test_the_command_names_every_setting_that_says_something() -> None:
    command = running._command(wanted(draws="16", outline=""), "there")
    assert command[3:5] == ["apply", "anomalies"]
    assert command[-1] == "--draws=16"


def test_the_page_shows_a_form_and_then_verdict_figures_and_files(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives(tmp_path, monkeypatch)
    app.query_params["run"] = "digits"
    page = app.switch_page("apply.py").run()
    assert not page.exception
    page.selectbox(key="anomalies.against").select("noise").run()
    assert page.query_params["anomalies.against"] == "noise"
    page.button(key="apply").click().run()
    assert not page.exception
    assert page.success[0].value == "Worth it."
    chart = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert chart["data"][0]["y"] == ["−ELBO"]
    assert {each.label for each in page.get("download_button")} == {"scores.csv", "result.json"}
