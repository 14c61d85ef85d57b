"""Compare as Streamlit draws it: what it says without a choice, with one, and where models cannot be linked."""

import json
import shutil
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager
from tests.vae_core.run_samples import FIGURES, RECORD, embedding_of, random_weights
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.architecture.onnx_models import decoder_onnx
from vae_core.config import parse_config
from vae_core.runs import RunWriter


def compare(**address: str) -> AppTest:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
    for name, value in address.items():
        app.query_params[name] = value
    return app.switch_page("compare.py").run()


def own_run(kl: float = 1.0, sigma: float = 0.2, **settings: Any) -> str:
    """A finished run on Digits with other settings, no mean that moves, and so many nats in each dimension; its id."""
    config = parse_config({"dataset": "digits", "hidden_sizes": (3,), **settings})
    each = {"kl_per_dim_nats": (kl,) * config.latent_dim, "sigma_per_dim": (sigma,) * config.latent_dim}
    figures = replace(FIGURES, active_units=0, **each)
    writer, weights = RunWriter.create(config), random_weights(config)
    writer.append_metrics({"split": "train", "step": 12, "epoch": 1, "reconstruction_nats": 22.0, "kl_nats": 2.5})
    writer.finish(
        state="finished",
        weights=weights,
        embedding=embedding_of(5, dims=config.latent_dim),
        decoder=decoder_onnx(config, weights),
        evaluation=replace(RECORD, held_out=figures),
        step=12,
    )
    return writer.run_id


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.caption, *app.info, *app.markdown])


def test_without_a_choice_it_opens_on_the_shipped_models_and_once_they_are_taken_away_says_what_to_do(
    manager: IdleManager,
) -> None:
    app = compare()
    assert not app.exception
    assert app.multiselect[0].value == ["mnist", "digits"]
    assert not any("Choose two or more runs" in info.value for info in app.info)
    app.multiselect[0].set_value([]).run()
    assert any("Choose two or more runs" in info.value for info in app.info)
    assert app.run().multiselect[0].value == []


def test_the_address_chooses_and_a_choice_goes_into_the_address(manager: IdleManager) -> None:
    app = compare(compare="digits,mnist")
    assert not app.exception
    assert app.multiselect[0].value == ["digits", "mnist"]
    app.multiselect[0].unselect("digits").run()
    assert app.query_params["compare"] == "mnist"


def test_an_address_with_ids_of_nothing_is_read_as_far_as_it_goes(manager: IdleManager) -> None:
    app = compare(compare=f"digits,{'0' * 32},../etc,digits")
    assert not app.exception
    assert app.multiselect[0].value == ["digits"]


def test_the_shipped_models_are_compared_by_z_and_it_is_said_what_cannot_be(manager: IdleManager) -> None:
    app = compare(compare="mnist,digits")
    assert "The same image needs models of one data set" in texts(app)
    assert "Nats of different data sets" in texts(app)
    table = app.dataframe[0].value
    assert table["Δ −ELBO"].isna().all()
    assert app.dataframe[0].proto.placeholder == "–"
    assert round(float(table["−ELBO"][0]), 1) == 140.1


def test_different_latent_spaces_of_one_data_set_are_compared_by_image(manager: IdleManager) -> None:
    app = compare(compare=f"digits,{own_run(latent_dim=5)}")
    assert not app.exception
    assert not app.error
    assert "these models have 2 and 5" in texts(app)


def test_models_that_nothing_links_still_have_their_curves_figures_and_settings(manager: IdleManager) -> None:
    app = compare(compare=f"mnist,{own_run(latent_dim=5)}")
    assert not app.exception
    assert any("The same z needs" in info.value and "The same image needs" in info.value for info in app.info)
    assert len(app.get("plotly_chart")) == 1
    assert "| Latent dimensions | 2 | **5** |" in texts(app)


def test_of_a_model_that_has_collapsed_it_is_said_that_nothing_is_encoded(manager: IdleManager) -> None:
    kept = [own_run(kl=0.004), own_run(objective="autoencoder", kl=0.0), own_run(sigma=0.4), own_run(sigma=0.02)]
    app = compare(compare=",".join(["digits", *kept]))
    said = [each.value for each in app.caption if "Nothing is encoded" in each.value]
    assert [each[:2] for each in said] == ["B:", "D:"], "an autoencoder has no KL, and needles may stand close together"


def test_along_epochs_a_run_without_a_class_ends_where_its_training_did(manager: IdleManager) -> None:
    run = trained(digits(left_out_class="7", batch_size=64, epochs=3), runs.runs_root())
    app = compare(compare=f"digits,{run.id}", along="epoch")
    assert not app.exception
    lines = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    ends = {line["name"]: max(line["x"]) for line in lines}
    assert ends["B, training"] == ends["B, held-out"] == 3
    assert ends["A, held-out"] == 400


def test_settings_that_differ_are_marked_and_the_others_folded_away(manager: IdleManager) -> None:
    app = compare(compare=f"digits,{own_run(objective='beta-vae', beta=4.0)}")
    (table,) = [each.value for each in app.markdown if "β, weight" in each.value]
    assert "**4**" in table
    assert "Latent dimensions" not in table
    assert "Latent dimensions" in app.expander[0].markdown[0].value


def test_equal_runs_differ_in_nothing(manager: IdleManager) -> None:
    copy = runs.new_run_id()
    shutil.copytree(runs.open_run("digits").directory, runs.runs_root() / copy)
    assert "None: these runs have the same settings." in texts(compare(compare=f"digits,{copy}"))


def test_a_damaged_run_is_one_sentence(manager: IdleManager) -> None:
    run_id = own_run()
    weights = runs.runs_root() / run_id / "evaluation.json"
    app = compare(compare=f"digits,{run_id}")
    assert not app.error
    weights.write_bytes(weights.read_bytes()[:-1])
    app.run()
    assert not app.exception
    assert any("evaluation.json" in error.value for error in app.error)
