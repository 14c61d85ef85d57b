"""What the canvas is told of the points on its map."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def canvas_page(points: str, plane: str, state: str) -> None:
    from dataclasses import replace

    import streamlit as st

    from pages.ui.components.latent_canvas.canvas_data import MapView, canvas_data
    from vae_core import runs

    run = runs.open_run("digits")
    status = replace(run.status(), state=state)
    st.json(canvas_data(run, status, points=points, view=MapView(plane, (0, 1))))


def told(points: str, plane: str = "dims", state: str = "finished") -> dict[str, Any]:
    app = AppTest.from_function(canvas_page, kwargs={"points": points, "plane": plane, "state": state}).run()
    assert not app.exception
    data: dict[str, Any] = json.loads(app.json[0].value)
    return data


@pytest.mark.parametrize("points", ["held-out", "all"])
def test_real_images_are_shown_for_all_points_as_for_those_held_out(points: str) -> None:
    data = told(points)
    assert (data["points"], data["images"]) == (points, True)


def test_a_layout_is_of_the_held_out_images() -> None:
    assert told("all", plane="layout")["points"] == "held-out"


def test_a_run_that_trains_shows_the_held_out_images_that_it_publishes() -> None:
    assert told("all", state="running")["points"] == "held-out"
