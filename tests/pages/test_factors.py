"""Known factors in Runs' closer look: which are offered, what is drawn, and where a cell leads."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.address.positions import coordinates
from pages.ui.draw import health_charts
from pages.ui.health import factors
from tests.pages.idle_manager import IdleManager
from tests.vae_core.any_data_sets import known_here
from tests.vae_core.run_samples import embedding_of, finish, random_weights, small_config
from tests.vae_core.small_runs import trained
from vae_core import runs
from vae_core.config import TrainConfig, parse_config
from vae_core.evaluation.disentanglement import measure_disentanglement
from vae_core.runs import RunWriter


def small(**settings: Any) -> TrainConfig:
    return parse_config({**small_config().model_dump(), **settings})


def found(dims: int = 3, seeds: int = 1) -> dict[str, Any]:
    """As a closer look finds it: the second dimension is x, the first is y."""
    rng = np.random.default_rng(0)
    known = rng.integers(0, 4, (200, 2))
    means = np.column_stack([known[:, ::-1], rng.normal(size=(200, dims - 2))])
    result = measure_disentanglement(means, known)
    figures = {"ours": asdict(result.ours), "common": asdict(result.common)}
    return {
        "names": ["x", "y"],
        "kinds": ["discrete"] * 2,
        "rows": result.rows,
        **figures,
        "shares": result.shares.tolist(),
        "constant_factors": [],
        "constant_dimensions": [],
        "seeds": [{"run": str(seed), "seed": seed, **figures} for seed in range(seeds)],
    }


def shown_script(found: dict) -> None:  # type: ignore[type-arg]
    from pages.ui.health import factors
    from vae_core import runs

    factors.show(runs.open_run("digits"), found, "light")


@pytest.mark.parametrize("seeds", [1, 3])
def test_both_definitions_stand_beside_each_other_and_one_draw_is_called_that(
    seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(factors, "ways_to_see", lambda run, found: None)  # links to pages that this script has not
    app = AppTest.from_function(shown_script, args=(found(2, seeds),)).run()
    assert not app.exception
    (table,) = [each.value for each in app.markdown if each.value.startswith("|")]
    assert "| MIG | 1.00 | 0.99 |" in table
    assert ("| Ours, all seeds |" in table) == (seeds > 1)
    captions = " ".join(each.value for each in app.caption)
    assert ("A single draw" in captions) == (seeds == 1)
    assert "1811.12359" in captions
    (papers,) = [each.value for each in app.markdown if each.value.startswith("- **MIG**")]
    assert papers.count("arXiv") == 8
    assert len(app.get("plotly_chart")) == 1


def test_every_cell_can_be_clicked_and_knows_its_factor_and_dimension() -> None:
    cells, marks = health_charts.told_of_factors(found(), theme="dark").data
    assert np.shape(cells.z) == (2, 3)
    assert [tuple(each) for each in marks.customdata] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert "tells 100% of x" in marks.text[1]


def test_a_cell_leads_to_the_path_along_its_dimension_through_an_image_in_the_middle() -> None:
    config = small(latent_dim=3)
    run = finish(RunWriter.create(config), random_weights(config), embedding=embedding_of(5, dims=3))
    asked = factors.traversal(run, found(), factor=0, dimension=1)
    low, high = (coordinates(each) or [] for each in asked["z"].split(";"))
    assert low[1] < high[1]
    assert [low[0], low[2]] == [high[0], high[2]]
    assert any(np.allclose([low[0], low[2]], mu[[0, 2]], atol=1e-3) for mu in run.embedding().mu)
    assert (asked["across"], asked["show"], asked["colour"]) == ("z2", "straight", "x")
    assert asked["up"] in ("z1", "z3")
    assert "across" not in factors.traversal(runs.open_run("digits"), found(2), 0, 1), "its map has these two alone"


def offered_script(run_id: str) -> None:
    import streamlit as st

    from pages.ui.health import factors
    from vae_core import runs

    st.text(",".join(factors.choose(runs.open_run(run_id))))


def test_columns_are_offered_as_factors_where_the_data_set_is_here(manager: IdleManager) -> None:
    settings = {"hidden_sizes": (4,), "epochs": 1, "batch_size": 65, "device": "cpu", "dataset": "numbers"}
    with known_here("numbers"):
        run = trained(parse_config(settings), runs.runs_root())
        app = AppTest.from_function(offered_script, args=(run.id,)).run()
        assert app.multiselect[0].options == ["label"]
        assert app.multiselect[0].set_value(["label"]).run().text[0].value == "label"
    assert len(AppTest.from_function(offered_script, args=(run.id,)).run().multiselect) == 0


def test_only_runs_that_differ_in_nothing_but_their_seed_are_measured_beside_it() -> None:
    configs = [small(seed=0), small(seed=1), small(seed=2, beta=3.0, objective="beta-vae")]
    made = [finish(RunWriter.create(config), random_weights(config)) for config in configs]
    assert [each.id for each in factors.other_seeds(made[0], made)] == [made[1].id]
