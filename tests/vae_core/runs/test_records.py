"""What stands in a run's files: the figures and columns that everyone names, as earlier versions wrote them."""

import json
import math
from dataclasses import fields, replace
from typing import Any

import pytest

from pages.ui.draw import charts
from pages.ui.text import differences
from tests.vae_core.run_samples import FIGURES, RECORD
from vae_core import runs
from vae_core.errors import CheckpointDamaged
from vae_core.health import evidence
from vae_core.runs import LESSONS, SHIPPED, Figures, records
from vae_core.worker.held_out_probe import row_of


@pytest.mark.parametrize("run_id", [*SHIPPED, *LESSONS])
def test_an_evaluation_of_the_first_release_is_written_again_byte_by_byte(run_id: str) -> None:
    run = runs.open_run(run_id)
    assert records.dump_evaluation(run.evaluation()) == (run.directory / "evaluation.json").read_bytes()


def test_an_evaluation_that_was_written_is_read_again() -> None:
    whole = replace(RECORD, train=replace(FIGURES, accuracy=0.5, sigma_per_dim=(0.25, 1.0), saturated_share=0.125))
    for evaluation in (RECORD, whole):
        assert records.parse_evaluation(records.dump_evaluation(evaluation), "it") == evaluation


@pytest.mark.parametrize(
    "changes",
    [
        {"held-out": None},
        {"step": "many"},
        {"train": {}},
        {"held-out": {**vars(FIGURES), "kl_nats": 1e999}},
        {"held-out": {**vars(FIGURES), "kl_per_dim_nats": 2.5}},
    ],
)
def test_an_evaluation_that_is_none_is_refused_with_its_name(changes: dict[str, Any]) -> None:
    values = json.loads(records.dump_evaluation(RECORD)) | changes
    with pytest.raises(CheckpointDamaged, match="evaluation of run x"):
        records.parse_evaluation(json.dumps(values).encode(), "evaluation of run x")


def test_figures_that_are_not_finite_are_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        records.dump_evaluation(replace(RECORD, held_out=replace(FIGURES, kl_nats=math.nan)))


def test_a_row_has_no_column_that_the_table_lacks() -> None:
    assert records.dump_row({"split": "edit", "step": 3, "beta": 0.5}) == b'{"split":"edit","step":3,"beta":0.5}\n'
    with pytest.raises(ValueError, match="has kl_bits; name its columns"):
        records.dump_row({"split": "train", "kl_bits": 1.0})


def test_a_held_out_row_has_all_columns_of_its_kind_that_are_figures() -> None:
    names = {name for name, column in records.COLUMNS.items() if "held-out" in column.rows}
    assert row_of(FIGURES).keys() == names & {field.name for field in fields(Figures)}
    assert row_of(FIGURES).keys() == names - {"split", "step", "epoch", "elapsed_s", "data", "mig", "dci"}


def test_whoever_names_columns_names_some_that_there_are() -> None:
    named = {*charts.TERMS, *charts.NAMES, *differences.NATS, *evidence.NUMBERS, *evidence.VECTORS}
    assert named - {"negative_elbo_nats"} <= records.COLUMNS.keys()  # the sum of two of them


def test_names_and_units_of_columns_say_the_same() -> None:
    for name, column in records.COLUMNS.items():
        assert name.endswith("_nats") == (column.unit == "nats per image")
        assert (name == "elapsed_s") == (column.unit == "seconds")
