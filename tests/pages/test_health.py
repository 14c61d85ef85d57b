"""Health as the pages and routes give it: the verdict and its buttons, the section of Runs, a closer look."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.ui import routes
from pages.ui.draw import health_charts
from pages.ui.draw.health_charts import Point
from pages.ui.health import section
from pages.ui.server import run_health, urls, visible_runs
from pages.ui.server.background import Background
from pages.ui.server.run_health import Verdicts
from pages.ui.train import trying
from tests.pages.idle_manager import IdleManager
from tests.vae_core.run_samples import finish, random_weights, small_config
from vae_core import runs
from vae_core.config import TrainConfig, parse_config
from vae_core.runs import RunWriter

COLLAPSED = parse_config({"dataset": "digits", "objective": "beta-vae", "beta": 100.0, "epochs": 60})


def rows_until(step: int, *, kl: float) -> list[dict[str, Any]]:
    """Rows of a run of 1,440 steps that falls as it should but for its KL."""
    rows = []
    for at in range(0, step + 1, 60):
        figures = {"step": at, "reconstruction_nats": 45 - 20 * at / 1440, "kl_nats": 2 * kl}
        rows.append({"split": "held-out", **figures, "kl_per_dim_nats": [kl, kl]})
        rows.append({"split": "train", **figures})
    return rows


def run_with(rows: list[dict[str, Any]], config: TrainConfig = COLLAPSED, **status: Any) -> runs.Run:
    writer = RunWriter.create(config)
    for row in rows:
        writer.append_metrics(row)
    writer.update_status(**{"state": "running", **status})
    return runs.open_run(writer.run_id)


@pytest.fixture(autouse=True)
def nothing_known_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closer looks of other tests."""
    monkeypatch.setattr(run_health, "_closer_looks", Background("closer-look", 32))


@pytest.fixture
def client(manager: IdleManager) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def test_the_verdict_route_tells_how_a_run_that_trains_is(client: TestClient) -> None:
    run = run_with(rows_until(720, kl=0.001))
    answer = client.get(f"{urls.run_base(run.id)}verdict")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["state"] == "running"
    assert told["verdict"]["condition"] == "collapsed"
    assert told["verdict"]["mood"] == "sick"
    assert [change["label"] for change in told["verdict"]["changes"]] == ["Try β = 1", "Try a warm-up of β"]


def test_a_shipped_run_is_healthy_over_the_route_and_an_unknown_one_is_a_sentence(client: TestClient) -> None:
    assert client.get(f"{urls.run_base('mnist')}verdict").json()["verdict"]["condition"] == "healthy"
    missing = client.get(f"{urls.run_base('0' * 32)}verdict")
    assert missing.status_code == 404
    assert "there is no run" in missing.json()["error"]


def test_the_verdict_changes_with_the_rows_and_when_a_run_is_taken_back(manager: IdleManager) -> None:
    watched, run = Verdicts(), run_with(rows_until(60, kl=0.001))
    status = run.status()
    assert watched.of(run, status).condition == "early"
    metrics = run.directory / "metrics.jsonl"
    whole = metrics.read_text()
    metrics.write_text(whole + "".join(json.dumps(row) + "\n" for row in rows_until(720, kl=0.001)[4:]))
    assert watched.of(run, status).condition == "collapsed"
    metrics.write_text(whole)
    assert watched.of(run, status).condition == "early"


def test_what_was_read_of_the_metrics_is_not_read_again(manager: IdleManager, monkeypatch: pytest.MonkeyPatch) -> None:
    watched, run = Verdicts(), run_with(rows_until(720, kl=1.5))
    first = watched.of(run, run.status())
    offsets = []
    read = runs.Run.metrics
    monkeypatch.setattr(runs.Run, "metrics", lambda self, offset=0: offsets.append(offset) or read(self, offset))
    assert watched.of(run, run.status()) is first
    assert offsets == [(run.directory / "metrics.jsonl").stat().st_size]


def trying_script(run_id: str, label: str) -> None:
    import streamlit as st

    from pages.ui.address import state
    from pages.ui.train import trying

    st.button("go", on_click=trying.try_change, args=(run_id, label))
    st.text(state.take_note() or "")
    st.text(state.training_run() or "none")
    st.text_input("β", key="beta")


def test_a_change_is_started_shown_and_written_into_the_form(manager: IdleManager) -> None:
    run = run_with(rows_until(720, kl=0.001))
    app = AppTest.from_function(trying_script, args=(run.id, "Try β = 1")).run()
    app.button[0].click().run()
    assert not app.exception
    assert [config.beta for config in manager.started] == [1.0]
    assert manager.started[0] == parse_config(COLLAPSED.model_dump() | {"beta": 1.0})
    assert app.text[1].value == "0" * 32
    assert app.text_input[0].value == "1"


def test_a_change_that_the_verdict_no_longer_has_starts_nothing(manager: IdleManager) -> None:
    run = run_with(rows_until(720, kl=0.001))
    app = AppTest.from_function(trying_script, args=(run.id, "Try β = 7")).run()
    app.button[0].click().run()
    assert manager.started == []
    assert "has changed meanwhile" in app.text[0].value


def section_script(run_id: str) -> None:
    from pages.ui.health import section
    from vae_core import runs

    section.show(runs.open_run(run_id), [runs.open_run(each) for each in runs.SHIPPED], "light")


def section_of(run_id: str) -> AppTest:
    return AppTest.from_function(section_script, args=(run_id,), default_timeout=60).run()


def test_the_section_says_that_a_shipped_model_is_healthy_and_draws_its_kl_and_its_place(
    manager: IdleManager,
) -> None:
    app = section_of("digits")
    assert not app.exception
    assert "**Healthy.** −ELBO 23.6 nats per image" in app.success[0].value
    assert len(app.get("plotly_chart")) == 2
    assert [button.label for button in app.button] == ["Look closer"]


def test_a_sick_run_has_a_warning_and_a_button_for_each_change(manager: IdleManager) -> None:
    app = section_of(run_with(rows_until(720, kl=0.001)).id)
    assert not app.exception
    assert "**Posterior collapse.**" in app.warning[0].value
    assert [button.label for button in app.button] == ["Try β = 1", "Try a warm-up of β"]
    assert all(button.help for button in app.button)


def test_a_closer_look_finds_all_there_is_and_keeps_it(manager: IdleManager) -> None:
    app = section_of("digits")
    app.button[0].click().run(timeout=120)
    assert not app.exception
    text = " ".join(each.value for each in [*app.markdown, *app.caption])
    for expected in ("mutual information 3.2", "of the prior's mass lies in holes", "chance is 10.1%"):
        assert expected in text
    assert len(app.get("plotly_chart")) == 4
    assert "AUROC 1.000" in app.get("plotly_chart")[3].proto.spec
    assert app.button == []
    assert section_of("digits").button == [], "the next visitor need not ask again"
    titles = [each for each in app.markdown if each.value.startswith("**")]
    assert all(each.help for each in titles), "each says how to read it and where it comes from"


def findings_script(label_kl_nats: float | None) -> None:
    from pages.ui.health import section
    from vae_core import runs

    kl = {"kl_nats": 2.3, "mutual_information_nats": 2.0, "total_correlation_nats": 0.3, "dimension_wise_kl_nats": 0.0}
    errors = {name.replace("_nats", "_error_nats"): 0.02 for name in kl}
    others = dict.fromkeys(("holes", "probes", "anomalies"))
    found = {"kl": kl | errors, "label_kl_nats": label_kl_nats, "notes": [], **others}
    section.findings(runs.open_run("digits"), found, "light")


def test_the_labels_kl_is_named_beside_what_is_taken_apart_and_parts_have_their_errors() -> None:
    plain, m2 = (AppTest.from_function(findings_script, args=(each,)).run().caption[0].value for each in (None, 7.1))
    assert plain == (
        "KL 2.30 nats per image = mutual information 2.00 (± 0.02) + total correlation 0.30 (± 0.02) + dimension-wise "
        "KL 0.00 (± 0.02, 0 within the error)."
    )
    assert m2 == f"{plain} The label's KL, 7.1 nats, comes on top."


def test_a_diagnosis_that_fails_is_one_sentence_and_may_be_asked_for_again(
    manager: IdleManager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failing = tmp_path / "python"
    failing.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('the disk is on fire; put it out')\n")
    failing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(failing))
    app = section_of("digits")
    app.button[0].click().run()
    assert not app.exception
    assert [each.value for each in app.error] == ["the disk is on fire; put it out"]
    assert [button.label for button in app.button] == ["Look closer"]


def test_runs_are_compared_only_where_nats_mean_the_same(manager: IdleManager) -> None:
    shipped = [runs.open_run(each) for each in runs.SHIPPED]
    points = section.neighbours(shipped[1], shipped)
    assert [(point.rate_nats, point.is_chosen) for point in points] == [(pytest.approx(3.4865, abs=1e-3), True)]


@pytest.mark.parametrize(
    "other",
    [{"left_out_class": "3"}, {"objective": "cvae"}, {"likelihood": "gaussian", "gaussian_sigma": 0.1}, {"beta": 2.0}],
    ids=str,
)
def test_rate_and_distortion_are_of_runs_whose_nats_mean_the_same(manager: IdleManager, other: dict[str, Any]) -> None:
    base = {"likelihood": "gaussian"} if "likelihood" in other else {"objective": "beta-vae"}
    configs = [parse_config({**small_config().model_dump(), **base, **each}) for each in ({}, other)]
    own, changed = (finish(RunWriter.create(config), random_weights(config)) for config in configs)
    assert len(section.neighbours(own, [own, changed])) == (2 if "beta" in other else 1)


def test_the_dotted_line_joins_rates_and_distortions_of_equal_elbo() -> None:
    points = [Point("one", 3.0, 20.0, True), Point("two", 6.0, 18.0, False)]
    line, others, chosen = health_charts.rate_distortion(points, theme="dark").data
    assert [x + y for x, y in zip(line.x, line.y, strict=True)] == pytest.approx([23.0, 23.0])
    assert (list(others.x), list(chosen.x)) == ([6.0], [3.0])


def test_kl_over_the_steps_has_a_line_for_each_dimension_and_a_column_for_each_row() -> None:
    (cells,) = health_charts.kl_over_steps(rows_until(120, kl=0.5), theme="light").data
    assert list(cells.x) == [0, 60, 120]
    assert list(cells.y) == ["z1", "z2"]
    assert [list(line) for line in cells.z] == [[0.5] * 3] * 2


def test_histograms_are_shares_of_each_kinds_images() -> None:
    kind = {"title": "Noise", "auroc": 1.0, "counts": [0, 4], "images": 4}
    figures = {"edges": [0.0, 1.0, 2.0], "own_counts": [6, 2], "own_images": 8, "foreign": [kind]}
    own, foreign = health_charts.anomaly_histograms(figures, theme="light").data
    assert list(own.x) == [0.5, 1.5]
    assert (list(own.y), list(foreign.y)) == ([0.75, 0.25], [0.0, 1.0])
    assert foreign.name == "Noise, AUROC 1.000"


def test_the_three_parts_lie_end_to_end() -> None:
    kl = {"mutual_information_nats": 3.0, "total_correlation_nats": 0.2, "dimension_wise_kl_nats": 0.1}
    kl |= {name.replace("_nats", "_error_nats"): 0.01 for name in kl}
    figure = health_charts.decomposition(kl, theme="light")
    assert [bar.x[0] for bar in figure.data] == [3.0, 0.2, 0.1]
    assert figure.layout.barmode == "relative"


def test_status_is_read_once_for_a_wanted_change(manager: IdleManager) -> None:
    run = run_with(rows_until(720, kl=0.001))
    change = run_health.change_of(run, "Try a warm-up of β")
    assert change is not None
    assert change.applied_to(run.config).beta_schedule == "warm-up"
    assert visible_runs.status(run).state == "running"
    assert trying.try_wanted(run.id, "no such component") is None
