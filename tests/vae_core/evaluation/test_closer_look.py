"""A closer look at a run: all its figures, what is left out and why, and the command that prints them."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.vae_core.any_data_sets import known_here
from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.cli.main import main
from vae_core.data import registry
from vae_core.evaluation.closer_look import diagnose
from vae_core.health import wording


def test_a_shipped_run_is_diagnosed_whole() -> None:
    heard: list[tuple[float, str]] = []
    run = runs.open_run("digits")
    found = diagnose(run, report=lambda share, what: heard.append((share, what)))
    assert json.loads(json.dumps(found)) is not None, "plain JSON"
    assert found["verdict"]["condition"] == "healthy"
    held_out = run.evaluation().held_out
    assert found["rate_nats"] + found["distortion_nats"] == pytest.approx(held_out.negative_elbo_nats)
    parts = ("mutual_information_nats", "total_correlation_nats", "dimension_wise_kl_nats")
    assert sum(found["kl"][name] for name in parts) == pytest.approx(held_out.kl_nats, rel=1e-4)
    assert found["active"] == [True, True]
    assert found["probes"]["linear"]["mean"] > 5 * found["probes"]["chance"]
    assert found["notes"] == []
    assert [share for share, _ in heard] == sorted(share for share, _ in heard)
    assert all(0 <= share <= 1 and what for share, what in heard)


@pytest.mark.parametrize(
    ("settings", "note"),
    [({"objective": "autoencoder"}, "no posteriors and no prior"), ({"posterior": "full"}, "for diagonal posteriors")],
)
def test_what_does_not_apply_is_left_out_with_a_sentence(settings: dict[str, str], note: str, tmp_path: Path) -> None:
    found = diagnose(trained(digits(**settings), tmp_path))
    assert (found["kl"], found["holes"]) == (None, None)
    assert note in found["notes"][0]
    assert found["anomalies"]["foreign"]


def test_without_the_data_set_foreign_images_are_left_out_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with_images = diagnose(runs.open_run("digits"))
    monkeypatch.setattr(registry, "DATASETS", {})
    found = diagnose(runs.open_run("digits"))
    assert found["anomalies"] is None
    (note,) = found["notes"]
    assert note.endswith(": This machine does not know the data set Digits, so its real images cannot be shown.")
    for told in ("verdict", "holes", "probes", "kl", "active"):
        assert found[told] == with_images[told]


def test_the_command_prints_sentences_or_ends_with_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "digits"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("Healthy. −ELBO 23.6 nats")
    assert "80% showing it foreign images" in told.err
    assert main(["diagnose", "digits", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "\n".join(wording.sentences(json.loads(line))) + "\n" == told.out


def test_of_one_held_out_image_it_is_said_what_needs_more_and_the_rest_is_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with known_here("single"):
        run = trained(digits(dataset="single", epochs=3), tmp_path)
        capsys.readouterr()
        assert main(["diagnose", str(run.directory)]) == 0
        told = capsys.readouterr().out
        found = diagnose(run)
    assert "One held-out image shows neither which dimensions are active, nor what the KL is made of" in told
    assert "needs two classes with two held-out images" in told
    assert "AUROC by which" in told
    assert "dimensions are active" not in found["verdict"]["sentence"]
    assert [found[name] for name in ("active", "kl", "holes", "probes")] == [None] * 4
    assert found["anomalies"]["own_images"] == 1


def test_a_run_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "0" * 32]) == 2
    assert "there is no run" in capsys.readouterr().err


SEEN = {
    "binarised": {"pixels": "binarised"},
    "conditional": {"objective": "cvae"},
    "conditional, binarised": {"objective": "cvae", "pixels": "binarised"},
    "M2": {"objective": "m2"},
    "M2, binarised": {"objective": "m2", "pixels": "binarised"},
    "a class left out": {"left_out_class": "3"},
    "MMD": {"objective": "mmd-vae"},
}


@pytest.mark.parametrize("settings", SEEN.values(), ids=SEEN)
def test_what_is_taken_apart_is_the_kl_that_the_run_was_evaluated_with(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_core.evaluation.closer_look._anomalies", lambda *_: None)
    monkeypatch.setattr("vae_core.evaluation.kl_decomposition.MOST_PAIRS", 1e6)
    run = trained(digits(latent_dim=3, epochs=4, batch_size=64, **settings), tmp_path)
    found, held_out = diagnose(run), run.evaluation().held_out
    kl, label_kl = found["kl"], found["label_kl_nats"]
    assert kl["kl_nats"] == pytest.approx(sum(held_out.kl_per_dim_nats), rel=1e-4)
    assert sum(kl[f"{part}_nats"] for part in wording.PARTS) == pytest.approx(kl["kl_nats"], rel=1e-9)
    assert kl["kl_nats"] + (label_kl or 0) == pytest.approx(found["rate_nats"], rel=1e-4)
    assert (label_kl is None) == (run.config.objective != "m2")
    assert sum(found["active"]) == held_out.active_units
    assert found["holes"]["images"] == found["probes"]["images"] == held_out.images


def test_without_the_data_set_a_kl_of_drawn_pixels_is_left_out_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = trained(digits(pixels="binarised"), tmp_path)
    monkeypatch.setattr(registry, "DATASETS", {})
    found = diagnose(run)
    assert [found[name] for name in ("kl", "holes", "probes", "active")] == [None] * 4
    assert found["notes"][0].startswith("The KL is not taken apart")


def printed(kl: dict[str, float]) -> list[Decimal]:
    """The whole, then its parts, as the sentence has them."""
    return [Decimal(each) for each in re.findall(r"(?:KL|information|correlation) ([0-9.]+)", wording.kl_words(kl))]


def parts_of(*parts: float, error: float = 0.004) -> dict[str, float]:
    named = dict(zip(wording.PARTS, parts, strict=True))
    values = {f"{name}_nats": part for name, part in named.items()}
    return {"kl_nats": sum(parts), **values, **{f"{name}_error_nats": error for name in named}}


@pytest.mark.parametrize(
    "parts", [(5.694, 18.494, 0.024), (0.0011, 0.0004, 0.0002), (3.333, 3.333, 3.334), (0.5, 0.0, 0.25), (9.995, 0, 0)]
)
def test_parts_and_sum_agree_as_they_are_printed(parts: tuple[float, ...]) -> None:
    total, *shown = printed(parts_of(*parts))
    assert sum(shown) == total
    assert float(total) == pytest.approx(sum(parts), rel=0.05)
    assert [float(each) for each in shown] == pytest.approx(parts, abs=0.01)


def test_a_part_is_shown_with_its_error_and_one_inside_it_is_said_to_be_zero_within_it() -> None:
    words = wording.kl_words(parts_of(3.0, 0.02, 0.01, error=0.013))
    assert "total correlation 0.02 (± 0.01) + dimension-wise KL 0.01 (± 0.01, 0 within the error)" in words
    assert "nothing to take apart" in wording.kl_words(parts_of(1e-6, 0, 0))
    assert wording.kl_words(parts_of(2.3, 0, 0), 7.1).endswith("The label's KL, 7.1 nats, comes on top.")


def test_holes_that_cannot_be_told_from_too_few_images_are_said_to_be_so() -> None:
    holes = {"prior_share": 0.9, "standard_error": 0.017, "image_share": 0.6, "images": 297, "draws": 297}
    assert wording.holes_words(holes).startswith("90.0% ± 1.7% of the prior's mass")
    assert wording.holes_words({**holes, "prior_share": 0.0, "standard_error": 0.0}).startswith("0.0% ± 0.3%")
    assert "297 images are too few" in wording.holes_words(holes)
    assert "too few" not in wording.holes_words({**holes, "image_share": 0.01})
