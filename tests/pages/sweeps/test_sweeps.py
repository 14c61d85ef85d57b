"""A sweep is started on Train with one press, and watched, gone on with and looked through in Compare."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.train import sweeping
from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from tests.vae_core.run_samples import small_config
from tests.vae_core.sweeps.fake_jobs import FakeJobs
from vae_core import sweeps
from vae_core.runs import runs_root
from vae_core.sweeps import local, records
from vae_core.sweeps.records import plan
from vae_core.sweeps.space import Choices


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sweeps that the page has asked to be run."""
    asked: list[str] = []
    monkeypatch.setattr(sweeps, "begin", lambda sweep_id, jobs: asked.append(sweep_id))
    monkeypatch.setattr(sweeping, "POLL_S", 0.0)
    speeds = iter([None, None])  # it is being measured at first
    monkeypatch.setattr(sweeping, "speed_of", lambda config: next(speeds, 1500.0))
    return asked


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.caption, *app.markdown, *app.info])


def test_train_says_what_a_sweep_takes_and_starts_it(manager: IdleManager, begun: list[str]) -> None:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    app.query_params["epochs"] = "60"
    app.switch_page("train.py").run()
    assert "18 runs" not in texts(app)  # nobody has asked
    app.session_state[sweeping.POPOVER] = True
    app.run()
    assert "18 runs × 1.2 minutes, 2 at a time: about 11 minutes in all" in texts(app)
    app.text_input(key="sweep-beta").set_value("8..1").run()
    assert "beta: a range goes from less to more" in texts(app)
    app.text_input(key="sweep-beta").set_value("1, 4").run()
    app.text_input(key="sweep-seeds").set_value("5, 6").run()
    next(each for each in app.button if each.label == "Start the sweep").click().run()
    assert not app.exception
    (kept,) = records.all_sweeps(runs_root())
    assert begun == [kept.id]
    assert (kept.points, kept.seeds, kept.base["epochs"]) == (({"beta": 1}, {"beta": 4}), (5, 6), 60)


def test_compare_shows_medians_marks_the_best_that_seeds_tell_and_adds_seeds(
    manager: IdleManager, begun: list[str], tmp_path: Path
) -> None:
    root = runs_root()
    made = plan(small_config(), {"beta": Choices((1, 4))}, seeds=(0, 1, 2))
    records.keep(made, root)
    local.drive(made.id, FakeJobs(root, score=lambda config: 10 * config.beta + config.seed))
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    app.query_params["sweep"] = made.id
    app.switch_page("compare.py").run()
    assert not app.exception
    assert "**β 1 is best** by −ELBO" in texts(app)
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert figure["data"][2]["y"] == [11.0, 41.0]
    assert figure["data"][2]["error_y"]["array"] == [1.0, 1.0]
    table = app.dataframe[0].value
    assert list(table["−ELBO"]) == ["12.0 (11.0 to 13.0)", "42.0 (41.0 to 43.0)"]
    next(each for each in app.button if each.label == "Add 2 seeds").click().run()
    assert begun == [made.id]
    assert records.read_sweep(made.id, root).seeds == (0, 1, 2, 3, 4)
    assert "and is not called best" not in texts(app)

    app.query_params["chosen"] = made.run_id(0, 0)
    app.switch_page("runs.py").run()
    assert any(each.proto.label == f"Of the sweep {made.name}" for each in app.get("page_link"))
