"""A closer look at a run: all its figures, what is left out and why, and the command that prints them."""

import json
from pathlib import Path

import pytest

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
    assert "70% showing it foreign images" in told.err
    assert main(["diagnose", "digits", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "\n".join(wording.sentences(json.loads(line))) + "\n" == told.out


def test_a_run_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "0" * 32]) == 2
    assert "there is no run" in capsys.readouterr().err


def test_holes_that_cannot_be_told_from_too_few_images_are_said_to_be_so() -> None:
    holes = {"prior_share": 0.9, "image_share": 0.6, "images": 297}
    assert "297 images are too few" in wording.holes_words(holes)
    assert "too few" not in wording.holes_words({**holes, "image_share": 0.01})
