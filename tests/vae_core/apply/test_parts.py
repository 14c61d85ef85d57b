"""The table of uses: what settings may be, and how a result is kept in a folder."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from tests.vae_core.run_samples import finish, random_weights, small_config
from vae_core import runs
from vae_core.apply import folder, sources
from vae_core.apply.job import carry_out
from vae_core.apply.parts import PARTS, part
from vae_core.apply.record import Figure, Made, Plot, Result, Row, Series, TakeAway, Verdict
from vae_core.errors import CheckpointDamaged, ConfigInvalid, RunMissing
from vae_core.runs import RunWriter


@pytest.fixture
def digits() -> runs.Run:
    return runs.open_run("digits")


def made() -> Made:
    figure = Figure("auroc", "AUROC", "how well")
    rows = (Row("−ELBO", "ours", {"auroc": (0.9, 0.8)}), Row("PCA", "rival", {}))
    plot = Plot("ROC", "lines", (Series("−ELBO", (0.0, 1.0), (0.0, 1.0)),))
    result = Result(
        "anomalies", "t", "digits", {"draws": "16"}, (figure,), rows, Verdict("worth", "Worth it."), "two folds",
        "auroc", plots=(plot,), take_away=(TakeAway("scores.csv", "all"),), seconds=1.5,
    )  # fmt: skip
    return Made(result, {"scores.csv": b"a,b\n"})


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_a_module_and_settings_as_usual_that_are_allowed(name: str, digits: runs.Run) -> None:
    assert callable(import_module(PARTS[name].module).apply)
    assert PARTS[name].settings(digits, {})
    for option in PARTS[name].options:
        if option.kind in ("count", "number"):
            assert option.default in option.steps
            assert all(option.why_not(step, digits) == "" for step in option.steps)


def test_settings_are_as_given_or_as_usual_and_what_means_nothing_is_left_out(digits: runs.Run) -> None:
    anomalies = part("anomalies")
    found = anomalies.settings(digits, {"normal": "class-3", "outline": "0,0,1,0,1,1"})
    assert found == {"normal": "class-3", "against": next(iter(sources.foreign_kinds(digits))), "draws": "64"}
    assert "outline" in anomalies.settings(digits, {"normal": "selection", "outline": "0,0,1,0,1,1"})


def test_with_settings_as_usual_there_are_normal_images_and_others(digits: runs.Run) -> None:
    usual = part("anomalies").settings(digits, {})
    assert usual["normal"] == "all"
    assert usual["against"] != sources.OTHERS


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"normal": "class-77"}, "expected one of all, class-0"),
        ({"draws": "0"}, "a whole number from 1 to 5000"),
        ({"draws": "many"}, "a whole number from 1 to 5000"),
        ({"normal": "selection", "outline": "0,0,1,1"}, "corners"),
        ({"colour": "red"}, "no setting 'colour'"),
    ],
)
def test_a_wrong_setting_is_refused_in_a_sentence(given: dict[str, str], words: str, digits: runs.Run) -> None:
    with pytest.raises(ConfigInvalid, match=words):
        part("anomalies").settings(digits, given)


def test_an_unknown_use_and_a_run_without_a_model_are_refused(tmp_path: Path, digits: runs.Run) -> None:
    with pytest.raises(ConfigInvalid, match="no use is called 'magic'"):
        carry_out("magic", digits, {})
    writer = RunWriter.create(small_config(), tmp_path)
    with pytest.raises(RunMissing, match="no trained model yet"):
        carry_out("anomalies", runs.open_directory(writer.directory), {})


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    paths = folder.write(tmp_path / "deep" / "out", made())
    assert [path.name for path in paths] == ["result.json", "scores.csv"]
    assert folder.read(tmp_path / "deep" / "out") == made().result
    (tmp_path / "deep" / "out" / "result.json").write_text("{}")
    with pytest.raises(CheckpointDamaged, match="no result of a use"):
        folder.read(tmp_path / "deep" / "out")


def test_a_result_in_lines_has_its_intervals_and_its_verdict() -> None:
    lines = folder.table(made().result)
    assert "0.850 ± 0.635" in lines[1]
    assert lines[-1] == "Worth it."


def test_points_inside_an_outline_are_those_of_the_even_odd_rule(tmp_path: Path) -> None:
    run = finish(RunWriter.create(small_config(), tmp_path), random_weights(small_config()))
    points = np.array([[0.5, 0.5], [1.5, 0.5], [-0.1, 0.5], [0.5, 0.9], [0.2, 0.9]], dtype=np.float32)
    triangle = "0,0,1,0,0.5,1"
    assert sources.inside(run, points, triangle).tolist() == [True, False, False, True, False]


def test_a_drawn_outline_is_thinned_to_what_an_address_has_room_for(digits: runs.Run) -> None:
    turns = np.linspace(0, 2 * np.pi, 500)
    text = sources.shown_outline(list(zip(np.cos(turns).tolist(), np.sin(turns).tolist(), strict=True)))
    assert len(text.split(",")) == 48
    assert part("anomalies").settings(digits, {"normal": "selection", "outline": text})["outline"] == text
    assert sources.shown_outline([(0.0, 0.0), (1.0, 1.0)]) == ""
