"""The record of a sweep: whole or not there, changed by several at once, and the ids that follow from it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.vae_core.small_runs import digits
from vae_core.data import registry
from vae_core.errors import CheckpointDamaged, ConfigInvalid, RunLocked, RunMissing
from vae_core.sweeps import records
from vae_core.sweeps.records import Sweep, plan
from vae_core.sweeps.space import Choices, Range

BETAS = Choices((0.5, 1, 2))


def a_sweep(**named: object) -> Sweep:
    return plan(digits(), {"beta": BETAS}, **named)  # type: ignore[arg-type]


def test_a_sweep_is_read_as_it_was_written_and_runs_every_point_with_every_seed(tmp_path: Path) -> None:
    sweep = plan(digits(), {"beta": BETAS, "hidden_sizes": Choices(((16,), (8, 8)))}, seeds=(0, 5))
    records.keep(sweep, tmp_path)
    again = records.read_sweep(sweep.id, tmp_path)
    assert again.runs() == sweep.runs()
    assert len({each.run_id for each in again.runs()}) == 12
    assert [each.seed for each in again.runs()] == [0] * 6 + [5] * 6  # the whole picture first
    config = again.config(1, 5)
    assert (config.beta, config.hidden_sizes, config.seed, config.epochs) == (0.5, (8, 8), 5, 2)
    assert [each.id for each in records.all_sweeps(tmp_path)] == [sweep.id]


def test_seeds_come_later_without_another_id_for_what_is_there(tmp_path: Path) -> None:
    records.keep(sweep := a_sweep(), tmp_path)
    before = {each.run_id for each in sweep.runs()}
    more = records.add_seeds(sweep.id, records.more_seeds(sweep, 2), tmp_path)
    assert more.seeds == (0, 1, 2)
    assert before < {each.run_id for each in more.runs()}
    assert {each.run_id for each in a_sweep().runs()} & before == set()  # another sweep has others
    with pytest.raises(ConfigInvalid, match="seeds: expected 0 to"):
        records.add_seeds(sweep.id, [-1], tmp_path)


def test_changes_made_at_once_are_all_kept(tmp_path: Path) -> None:
    records.keep(sweep := a_sweep(), tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: records.add_seeds(sweep.id, [seed], tmp_path), range(1, 21)))
    assert set(records.read_sweep(sweep.id, tmp_path).seeds) == set(range(21))


def test_one_byte_that_changed_and_an_id_that_is_none_are_said(tmp_path: Path) -> None:
    records.keep(sweep := a_sweep(), tmp_path)
    path = records.directory_of(sweep.id, tmp_path) / records.RECORD
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.6", 1))
    with pytest.raises(CheckpointDamaged, match="does not match the digest"):
        records.read_sweep(sweep.id, tmp_path)
    assert records.all_sweeps(tmp_path) == []
    for name in ("../runs", "0" * 32):
        with pytest.raises(RunMissing, match="sweep"):
            records.read_sweep(name, tmp_path)


def test_one_process_at_a_time_runs_a_sweep(tmp_path: Path) -> None:
    records.keep(sweep := a_sweep(), tmp_path)
    assert not records.is_driven(sweep.id, tmp_path)
    with records.driven(sweep.id, tmp_path):
        assert records.is_driven(sweep.id, tmp_path)
        with pytest.raises(RunLocked), records.driven(sweep.id, tmp_path):
            pass
    assert not records.is_driven(sweep.id, tmp_path)


@pytest.mark.parametrize(
    ("space", "named", "said"),
    [
        ({}, {}, "one setting or more"),
        ({"beta": Range(0, 1)}, {}, "in how many steps"),
        ({"beta": BETAS}, {"engine": "random"}, "trials: expected 1 to 500"),
        ({"beta": BETAS}, {"engine": "optuna", "trials": 5, "aims": ("fid",)}, "'fid' is no figure"),
        ({"beta": BETAS}, {"prunes": True}, "pruning is Optuna's"),
        ({"beta": BETAS}, {"seeds": ()}, "seeds"),
    ],
)
def test_what_cannot_be_swept_is_said_before_anything_begins(
    space: dict[str, Choices | Range], named: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigInvalid, match=said):
        plan(digits(), space, **named)  # type: ignore[arg-type]


def test_a_setting_that_means_nothing_and_a_combination_that_cannot_be_are_refused() -> None:
    card = registry.source("digits").card
    records.check_points(a_sweep(), card)
    with pytest.raises(ConfigInvalid, match=r"beta .* means nothing"):
        records.check_points(plan(digits(objective="autoencoder"), {"beta": BETAS}), card)
    capacity = plan(digits(beta_schedule="capacity"), {"objective": Choices(("vae", "mmd-vae"))})
    with pytest.raises(ConfigInvalid, match="not for mmd-vae"):
        records.check_points(capacity, card)
