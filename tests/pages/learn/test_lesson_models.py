"""The lessons that take trained models apart: what they are told, what they recognise, and each as a page."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.ui import routes
from pages.ui.learn import lesson_widgets
from pages.ui.server import map_fits, urls
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.config import parse_config
from vae_core.errors import RunMissing
from vae_core.latent import aggregate_posterior
from vae_core.latent.mixtures import Mixture
from vae_core.runs import Run, lesson_records
from vae_core.runs.pretrained import LESSONS, lesson_id

LANGUAGES = ("en", "ru", "fr", "zh")


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def answer(client: TestClient, run_id: str, components: int) -> Any:
    """The fitted mixture, asked for until it is there."""
    address = f"{urls.run_base(run_id)}mixture?components={components}"
    found: list[Any] = []

    def is_fitted() -> bool:
        found.append(client.get(address).json())
        return "weights" in found[-1]

    wait_until(is_fitted)
    return found[-1]


def test_while_a_mixture_is_fitted_the_answer_says_so(client: TestClient) -> None:
    address = f"{urls.run_base('digits')}mixture?components=3"
    assert client.get(address).json() == {"state": "computing"}


def test_the_mixture_that_is_served_is_a_density_and_its_figures_can_be_computed_again(client: TestClient) -> None:
    told = answer(client, "digits", 4)
    mixture = Mixture(*(np.array(told[name]) for name in ("weights", "means", "covariances")))
    assert mixture.weights.shape == (4,)
    assert mixture.weights.sum() == pytest.approx(1)
    embedding = runs.open_run("digits").embedding()
    unseen = aggregate_posterior.draws(embedding.mu, embedding.logvar)[1::2]
    assert mixture.log_density(unseen).mean() == pytest.approx(told["held_out_nats"], rel=1e-9)
    side, step = np.linspace(-12, 12, 241, retstep=True)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    assert np.exp(mixture.log_density(grid)).sum() * step**2 == pytest.approx(1, abs=1e-3)


def test_an_autoencoders_mixture_leaves_the_holes_that_the_prior_falls_into() -> None:
    run = runs.open_run(lesson_records.COMPARED[0])
    one, many = (map_fits.describe_mixture(run, components)["in_smoothed_holes"] for components in (1, 20))
    assert one["prior"] == many["prior"] > 0.1
    assert many["mixture"] <= many["prior"] / 100
    assert one["mixture"] > many["mixture"]


@pytest.mark.parametrize("components", ["0", "41", "many"])
def test_a_number_of_parts_that_cannot_be_is_explained(client: TestClient, components: str) -> None:
    address = f"{urls.run_base('digits')}mixture?components={components}"
    sentences: list[str] = []

    def is_refused() -> bool:
        got = client.get(address)
        if got.status_code == 404:
            sentences.append(got.json()["error"])
        return bool(sentences)

    wait_until(is_refused)
    assert "expected 1 to 40" in sentences[0]


def test_a_map_of_more_dimensions_has_no_mixture(monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.open_run("digits")
    deep = Run(run.id, run.directory, parse_config(run.config.model_dump() | {"latent_dim": 3}), run.card)
    with pytest.raises(RunMissing, match="3 latent dimensions"):
        map_fits.mixture(deep, 2)


@pytest.mark.parametrize("run_id", LESSONS)
def test_what_the_browser_is_told_of_a_model_are_its_own_figures(run_id: str) -> None:
    told, run = lesson_widgets.model_data(run_id), runs.open_run(run_id)
    held_out = run.evaluation().held_out
    assert told["rate"] == held_out.kl_nats
    assert told["distortion"] + told["rate"] == pytest.approx(told["bound"], rel=1e-9)
    assert told["step"] == run.step
    assert (told["latentDim"], told["imageShape"]) == (2, [1, 28, 28])
    assert told["classes"] == [str(digit) for digit in range(10)]
    assert (told["beta"] is None) == run.config.is_deterministic
    assert bool(told["shrunk"]) == (run_id in lesson_records.COMPARED)


def compared() -> list[Run]:
    return [runs.open_run(run_id) for run_id in lesson_records.COMPARED]


def test_a_place_without_the_autoencoders_images_but_with_the_vaes_is_what_lesson_one_looks_for() -> None:
    shown = compared()
    places = np.stack(np.meshgrid(*[np.linspace(-2, 2, 9)] * 2), axis=-1).reshape(-1, 2)
    found = [place for place in places.tolist() if lesson_widgets.finds_a_hole(shown, place)]
    assert found
    for place in found:
        ratios = [lesson_widgets.log_ratio(run, place) for run in shown]
        assert ratios[0] < aggregate_posterior.HOLE_NATS <= ratios[2]


@pytest.mark.parametrize("z", [None, [2.0, 1.6], [40.0, 0.0]])
def test_where_the_prior_has_next_to_nothing_nothing_is_found(z: list[float] | None) -> None:
    assert not lesson_widgets.finds_a_hole(compared(), z)


def test_the_ratio_at_a_place_is_the_posteriors_density_over_the_priors() -> None:
    run = compared()[2]
    embedding = run.embedding()
    variance = np.maximum(np.exp(embedding.logvar.astype(float)), aggregate_posterior.FINEST_SIGMA**2)
    square = ((np.array([0.3, -0.4]) - embedding.mu) ** 2 / variance).sum(1)
    q = np.mean(np.exp(-square / 2) / (2 * np.pi * np.sqrt(variance.prod(1))))
    p = np.exp(-(0.3**2 + 0.4**2) / 2) / (2 * np.pi)
    assert lesson_widgets.log_ratio(run, [0.3, -0.4]) == pytest.approx(np.log(q / p), rel=1e-6)


@pytest.mark.parametrize("run_id", [*lesson_records.COMPARED, lesson_id(0.25)])
def test_the_link_to_train_says_the_settings_that_made_the_model(run_id: str) -> None:
    config = runs.open_run(run_id).config
    said = lesson_widgets.settings_of(config)
    assert parse_config({**said, "device": "cpu"}) == config
    assert "batch_size" not in said  # it is the default


# Pages


def opened(app: AppTest, lesson: int, language: str = "en") -> AppTest:
    app.query_params["lesson"] = str(lesson)
    app.query_params["language"] = language
    app.switch_page("learn.py").run()
    assert not app.exception
    assert not app.error
    return app


@pytest.mark.parametrize(("lesson", "widgets"), [(1, 2), (6, 1), (7, 1)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lesson_opens_in_every_language_with_its_widgets_and_tries(
    app: AppTest, lesson: int, widgets: int, language: str
) -> None:
    opened(app, lesson, language)
    assert len(app.get("bidi_component")) == widgets
    tries = [each for each in app.markdown if each.value.startswith(":material/radio_button_unchecked:")]
    assert len(tries) == widgets


@pytest.mark.parametrize(("lesson", "said"), [(1, {"epochs=10"}), (6, {"beta=4.0"}), (7, {"beta=0.25"})])
def test_a_lesson_leads_to_train_with_its_settings(app: AppTest, lesson: int, said: set[str]) -> None:
    link, explore = (each.proto for each in opened(app, lesson).get("page_link"))
    assert explore.query_string.startswith("run=lesson-beta-")
    assert said | {"dataset=mnist", "hidden_sizes=128%2C+64"} <= set(link.query_string.split("&"))


def test_the_settings_of_a_lesson_fill_the_form_of_train(app: AppTest) -> None:
    config = runs.open_run(lesson_id(4)).config
    for name, value in lesson_widgets.settings_of(config).items():
        app.query_params[name] = value
    app.switch_page("train.py").run()
    assert not app.exception
    assert app.text_input(key="beta").value == "4.0"
    assert app.text_input(key="hidden_sizes").value == "128, 64"
    assert app.selectbox(key="dataset").value == "mnist"


def test_lesson_one_asks_which_way_the_cursor_means(app: AppTest) -> None:
    opened(app, 1)
    mode = next(each for each in app.get("button_group") if each.proto.id.endswith("lesson-mode"))
    assert mode


def test_no_list_shows_the_lessons_models(app: AppTest) -> None:
    app.switch_page("runs.py").run()
    assert not any(str(each).startswith("lesson-") for each in app.dataframe[0].value["Id"])
