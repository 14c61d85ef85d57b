"""A user without a home folder, as in many a container: what needs none works, all else names the variable to set."""

import pwd
from contextlib import closing
from pathlib import Path

import pytest

from tests.vae_core.small_runs import digits
from tests.vae_core.waiting import wait_until
from vae_core import runs
from vae_core.cli.main import main
from vae_core.data import registry
from vae_core.data.downloads import downloaded_bytes
from vae_core.errors import DatasetMissing
from vae_core.jobs import JobManager


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_user: int) -> None:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("VAE_DATA_DIR")
    monkeypatch.setattr(pwd, "getpwuid", nobody)


@pytest.mark.parametrize("words", [["download", "mnist"], ["train", "--dataset", "mnist"], ["evaluate", "mnist"]])
@pytest.mark.parametrize("named", [None, "~/data"])
def test_a_command_that_needs_files_names_the_variable(
    words: list[str], named: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if named:
        monkeypatch.setenv("VAE_DATA_DIR", named)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("there is no folder for data sets: VAE_DATA_DIR is ")
    assert said.endswith("has no home folder; set VAE_DATA_DIR to a whole path\n")


def test_a_runs_folder_below_a_home_that_is_not_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAE_RUNS_DIR", "~/runs")
    assert main(["evaluate", "0" * 32]) == 2
    assert "VAE_RUNS_DIR is ~/runs, and this user has no home folder" in capsys.readouterr().err


def test_what_needs_no_files_works(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.is_available("digits")
    assert len(registry.load("digits", "train").images) == 1500
    assert not registry.is_available("mnist")
    assert registry.card_here("mnist") == registry.source("mnist").card
    assert downloaded_bytes("mnist") == 0
    with pytest.raises(DatasetMissing, match="set VAE_DATA_DIR"):
        registry.load("mnist", "train")


@pytest.mark.campaign
def test_a_server_trains_digits(tmp_path: Path) -> None:
    with closing(JobManager(slots=1, threads=1, root=tmp_path)) as manager:
        run = runs.open_run(manager.start(digits()), tmp_path)
        wait_until(lambda: not manager.is_active(run.id))
    assert run.status().state == "finished"
