"""The command line: results last and as JSON, errors as one sentence, and nothing lost by Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import onnx
import pytest

from tests.vae_core import small_runs, training_campaigns
from tests.vae_core.idx_files import small_files, write
from tests.vae_core.waiting import wait_until
from vae_core import config, runs
from vae_core.cli.main import build_parser, main
from vae_core.data import registry
from vae_core.runs import Run, RunWriter
from vae_core.runs.records import REQUIRED
from vae_core.worker.training_process import train_run

ROOT = Path(__file__).parents[3]
SMALL = ["--batch-size", "256", "--dataset", "digits", "--hidden-sizes", "8", "--threads", "1"]


def result_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The last line on stdout."""
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


@pytest.fixture
def trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    words = ["train", *SMALL, "--latent-dim", "3", "--epochs", "2", "--runs-dir", str(tmp_path / "mine"), "--json"]
    assert main(words) == 0
    return result_of(capsys)


def test_train_prints_its_figures_as_one_line_of_json_last(trained: dict[str, Any], tmp_path: Path) -> None:
    assert trained["run"] == str(tmp_path / "mine" / trained["id"])
    assert (trained["state"], trained["step"], trained["threads"]) == ("finished", 12, 1)
    assert len(trained["epoch_s"]) == 2
    for split in ("train", "test"):
        figures = trained[split]
        total = figures["reconstruction_nats"] + figures["kl_nats"]
        assert figures["negative_elbo_nats"] == pytest.approx(total, rel=1e-6)
    run = runs.open_run(trained["id"], tmp_path / "mine")
    assert (run.config.latent_dim, run.config.hidden_sizes, run.config.epochs) == (3, (8,), 2)


@pytest.mark.parametrize("by_path", [True, False])
def test_evaluate_gives_the_same_numbers_again(
    trained: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], by_path: bool
) -> None:
    which = [trained["run"]] if by_path else [trained["id"], "--runs-dir", str(tmp_path / "mine")]
    assert main(["evaluate", *which, "--threads", "1", "--json"]) == 0
    again = result_of(capsys)
    assert again["id"] == trained["id"]
    for name in ("reconstruction_nats", "kl_nats", "negative_elbo_nats", "kl_per_dim_nats"):
        assert again["test"][name] == pytest.approx(trained["test"][name], rel=1e-5)


def test_evaluate_finds_the_data_where_train_was_told_they_are(
    mnist_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--dataset", "mnist", "--data-dir", str(mnist_root), "--batch-size", "8192", "--hidden-sizes", "8"]
    assert main(["train", *words, "--epochs", "1", "--threads", "1", "--json"]) == 0
    trained = result_of(capsys)
    assert main(["evaluate", trained["run"], "--threads", "1", "--json"]) == 0
    assert result_of(capsys)["test"]["kl_nats"] == pytest.approx(trained["test"]["kl_nats"], rel=1e-5)


def test_without_json_the_figures_are_for_people(trained: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", trained["run"], "--threads", "1"]) == 0
    assert f"−ELBO {trained['test']['negative_elbo_nats']:.2f} =" in capsys.readouterr().out


def test_progress_goes_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *SMALL, "--epochs", "1"]) == 0
    shown = capsys.readouterr()
    assert "step 6 of 6, reconstruction" in shown.err
    assert "nats" in shown.err


def test_export_writes_the_decoder(trained: dict[str, Any], tmp_path: Path) -> None:
    output = tmp_path / "my.onnx"
    assert main(["export", trained["run"], "--output", str(output)]) == 0
    graph = onnx.load(output).graph
    assert [node.name for node in [*graph.input, *graph.output]] == ["z", "image", "raw"]


def test_ctrl_c_saves_the_run_as_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "mine"

    def listed() -> list[Run]:
        return runs.list_runs(root)

    def interrupt() -> None:
        wait_until(lambda: listed() and listed()[0].step > 0)
        os.kill(os.getpid(), signal.SIGINT)

    thread = Thread(target=interrupt)
    thread.start()
    before = signal.getsignal(signal.SIGINT)
    status = main(["train", *SMALL, "--epochs", "1000", "--runs-dir", str(root), "--json"])
    thread.join()
    assert status == 130
    assert signal.getsignal(signal.SIGINT) is before
    shown = capsys.readouterr()
    result = json.loads(shown.out.splitlines()[-1])
    assert (result["state"], result["train"]) == ("stopped", None)
    assert result["step"] == listed()[0].step > 0
    listed()[0].verify()
    how = f"go on with: python -m vae_core resume {listed()[0].directory}"
    assert f"stopped after step {result['step']} of 6000; {how}" in shown.err


@pytest.fixture
def stopped(tmp_path: Path) -> Run:
    return small_runs.trained(small_runs.digits(), tmp_path / "mine", small_runs.stop_after(5))


def test_resume_goes_on_where_a_run_was_stopped(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", str(stopped.directory), "--learning-rate", "1e-3", "--json"]) == 0
    result = result_of(capsys)
    assert (result["id"], result["state"], result["step"]) == (stopped.id, "finished", 12)
    run = runs.open_directory(stopped.directory)
    rows = [(row["step"], row["learning_rate"]) for row in run.metrics()[0] if row["split"] == "edit"]
    assert rows == [(5, 1e-3)]


def test_resume_goes_on_with_a_run_whose_process_was_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = RunWriter.create(small_runs.digits(), tmp_path)
    with pytest.raises(training_campaigns.Killed):
        train_run(writer, small_runs.Script({5: training_campaigns.die}), schedule=small_runs.KeepingSchedule(1, 4))
    assert writer.status.state == "running"
    assert main(["resume", str(writer.directory), "--json"]) == 0
    result = result_of(capsys)
    assert (result["state"], result["step"]) == ("finished", 12)


@pytest.fixture(params=[True, False], ids=["silent", "said to have failed"])
def cut_off(tmp_path: Path, request: pytest.FixtureRequest) -> Run:
    """A run whose process was killed after five steps, a checkpoint after every second."""
    writer = RunWriter.create(small_runs.digits(), tmp_path / "runs")
    with pytest.raises(training_campaigns.Killed):
        train_run(writer, small_runs.Script({5: training_campaigns.die}), schedule=small_runs.KeepingSchedule(1, 2))
    if not request.param:
        RunWriter.open(writer.directory).fail("killed")
    return Run(writer.run_id, writer.directory, writer.config, writer.card)


def test_what_a_killed_run_kept_is_settled_evaluated_exported_and_still_resumed(
    cut_off: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", cut_off.id]) == 2
    assert (
        f"python -m vae_core settle {cut_off.id} keeps what its checkpoint of step 4 holds" in capsys.readouterr().err
    )
    before = runs.checkpoints.newest_checkpoint(cut_off.directory).state
    assert main(["settle", cut_off.id, "--json"]) == 0
    settled = result_of(capsys)
    assert (settled["state"], settled["step"]) == ("stopped", 4)
    kept = runs.open_run(cut_off.id).weights()
    assert all((kept[name] == before[f"model.{name}"]).all() for name in kept)
    assert main(["evaluate", cut_off.id, "--json"]) == 0
    assert result_of(capsys)["test"] == settled["test"]
    assert main(["export", cut_off.id, "--output", str(tmp_path / "decoder.onnx")]) == 0
    onnx.checker.check_model(str(tmp_path / "decoder.onnx"))
    files = {path.name: path.read_bytes() for path in cut_off.directory.iterdir() if path.is_file()}
    assert main(["settle", cut_off.id]) == 0  # again: nothing is done
    assert {path.name: path.read_bytes() for path in cut_off.directory.iterdir() if path.is_file()} == files
    assert main(["resume", cut_off.id, "--json"]) == 0
    assert result_of(capsys)["state"] == "finished"


def test_a_run_that_kept_nothing_or_still_trains_is_not_settled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = RunWriter.create(small_runs.digits(), tmp_path / "runs")
    writer.update_status(state="running")
    with writer.lock():
        assert main(["settle", writer.run_id]) == 2
        assert "being trained by another process" in capsys.readouterr().err
    assert main(["settle", writer.run_id]) == 2
    assert "keeps no checkpoint to go on from; start it again" in capsys.readouterr().err
    assert main(["settle", "digits"]) == 2
    assert "run digits came with the project" in capsys.readouterr().err


def test_resume_refuses_before_it_changes_anything(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", str(stopped.directory), "--learning-rate", "much"]) == 2
    assert "learning_rate" in capsys.readouterr().err
    assert runs.open_directory(stopped.directory).status().state == "stopped"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "DATASETS", {})
        assert main(["resume", str(stopped.directory)]) == 2
    assert "does not know the data set Digits" in capsys.readouterr().err
    assert runs.open_directory(stopped.directory).is_complete
    assert main(["resume", "digits"]) == 2
    assert "run digits came with the project" in capsys.readouterr().err


# Errors


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train", "--dataset", "cats"], "no data set is called 'cats'"),
        (["train", "--latent-dim", "0"], "latent_dim: Input should be greater than or equal to 1"),
        (["train", "--hidden-sizes", "5000"], "hidden_sizes"),
        (["train", "--epochs", "many"], "epochs"),
        (["train", "--dataset", "mnist"], "python -m vae_core download mnist"),
        (["train", "--dataset", "digits", "--threads", "0"], "--threads should be at least 1"),
        (["train", "--objective", "mmd-vae", "--batch-size", "1"], "batch_size is 1, and mmd-vae compares the images"),
        (["resume", "nothing"], "'nothing' is no run id"),
        (["evaluate", "nothing"], "'nothing' is no run id"),
        (["evaluate", "0" * 32], "there is no run"),
        (["export", "."], "config.json"),
        (["download", "cats"], "no data set is called 'cats'"),
        (["pretrain", "cats"], "no model called 'cats' ships"),
    ],
)
def test_an_error_is_one_sentence_on_stderr(
    words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("alike", ["train", "t10k"])
def test_no_run_is_made_of_images_that_are_all_of_the_class_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], alike: str
) -> None:
    fives = small_files(labels=(5, 5))
    files = {name: fives[name] if name.startswith(alike) else other for name, other in small_files().items()}
    write(tmp_path / "data", files)
    words = ["train", "--dataset", "mnist", "--data-dir", str(tmp_path / "data"), "--runs-dir", str(tmp_path / "runs")]
    assert main([*words, "--left-out-class", "5", "--epochs", "1"]) == 2
    said = capsys.readouterr().err
    count = {"train": 7, "t10k": 3}[alike]
    assert f"left_out_class: all {count} images are of class 5, and without it none is left; choose another" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_damaged_model_is_named(trained: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(trained["run"]) / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[1000] ^= 4
    path.write_bytes(bytes(data))
    assert main(["evaluate", trained["run"], "--json"]) == 2
    assert "model.safetensors" in capsys.readouterr().err


def test_a_run_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    wild = [
        "--likelihood",
        "gaussian",
        "--gaussian-sigma",
        "0.01",
        "--learning-rate",
        "1",
        "--hidden-sizes",
        "64,64,64",
    ]
    assert main(["train", *SMALL, *wild, "--epochs", "50", "--json"]) == 2
    shown = capsys.readouterr()
    assert "the likely cause is the learning rate 1: try 0.1" in shown.err.splitlines()[-1]
    assert "Traceback" not in shown.err


def test_the_program_itself_ends_with_the_sentence_and_imports_no_torch_for_it() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "vae_core", "export", "nothing"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "is no run id" in done.stderr.splitlines()[-1]
    assert not any(line.split("|")[-1].strip() == "torch" for line in done.stderr.splitlines())


# Flags


def test_every_setting_has_a_flag_with_its_help_and_default() -> None:
    training = build_parser()._subparsers._group_actions[0].choices["train"]  # type: ignore[union-attr, index, call-overload]
    flags = {action.dest: action for action in training._actions}
    for name, (_, field) in config.settings().items():
        assert flags[name].option_strings == [f"--{name.replace('_', '-')}"]
        assert str(field.description).replace("%", "%%") in str(flags[name].help)
        assert "Default: " in str(flags[name].help)
    assert "30 %" in " ".join(training.format_help().split())


# What ships


def test_pretraining_twice_leaves_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vae_core.cli import pretraining

    short = config.parse_config({**pretraining.CONFIGS["digits"].model_dump(), "epochs": 5})
    monkeypatch.setitem(pretraining.CONFIGS, "digits", short)
    for folder in ("one", "two", "two"):  # and a third time over the second
        assert main(["pretrain", "digits", "--output", str(tmp_path / folder)]) == 0
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / folder / "digits").iterdir()} for folder in ("one", "two")
    )
    assert one == two
    assert sorted(one) == sorted([*REQUIRED, "data.json", "status.json", "manifest.json"])
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["digits"]


@pytest.mark.parametrize(("run_id", "bar_nats"), [("mnist", 143.5), ("digits", 24.0)])
def test_shipped_models_are_whole_and_as_good_as_promised(run_id: str, bar_nats: float) -> None:
    run = runs.open_run(run_id)
    assert run.shipped
    assert run.config.dataset == run_id
    assert run.evaluation().held_out.negative_elbo_nats <= bar_nats
    embedding = run.embedding()
    assert len(embedding.mu) == len(embedding.labels) == run.evaluation().held_out.images
    assert run.decoder()
