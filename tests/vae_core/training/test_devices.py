"""Which device trains: one that is there and computes; a GPU that cannot is told of, and never costs a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.vae_core.small_runs import digits, trained
from vae_core import runs
from vae_core.cli.main import main
from vae_core.config import parse_config
from vae_core.errors import DeviceUnavailable
from vae_core.jobs import JobManager, process
from vae_core.training import devices, fallback_note, resolve_device


def machine_with(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """What torch says is there besides the processor."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)


@pytest.fixture
def broken_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """torch reports one and no kernel runs there, as where the driver is too old for it."""
    if torch.cuda.is_available():
        pytest.skip("its GPU computes")
    machine_with(monkeypatch, "cuda")
    devices.fault_of.cache_clear()
    yield
    devices.fault_of.cache_clear()


def test_auto_takes_the_processor_where_there_is_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(monkeypatch)
    assert resolve_device("auto") == resolve_device("cpu") == torch.device("cpu")
    assert fallback_note("auto") is None


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_auto_prefers_an_accelerator_that_computes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(monkeypatch, name)
    monkeypatch.setattr(devices, "fault_of", lambda _: None)
    assert resolve_device("auto").type == resolve_device(name).type == name
    assert fallback_note("auto") is None


@pytest.mark.parametrize("name", ["cuda", "mps", "abacus"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(monkeypatch)
    with pytest.raises(DeviceUnavailable, match=rf"^device {name} is not on this machine, which has cpu;"):
        resolve_device(name)


def test_the_trial_computation_comes_out_right_where_it_can_be_made() -> None:
    assert devices.fault_of("cpu") is None
    assert devices.fault_of.__wrapped__("meta") is not None  # a device without numbers


def test_a_gpu_that_cannot_compute_is_passed_over_by_auto_which_says_so(broken_gpu: None, tmp_path: Path) -> None:
    assert resolve_device("auto") == torch.device("cpu")
    note = fallback_note("auto") or ""
    assert "NVIDIA GPU of this machine cannot compute (" in note
    assert "trains on the processor" in note
    assert fallback_note("cpu") is None
    run = trained(digits(epochs=1, device="auto"), tmp_path)
    assert (run.status().state, run.status().error) == ("finished", note)


def test_a_gpu_that_cannot_compute_is_refused_before_a_run_is_made(
    broken_gpu: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DeviceUnavailable, match=r"^device cuda is on this machine and cannot compute \("):
        resolve_device("cuda")
    assert main(["train", "--device", "cuda", "--runs-dir", str(tmp_path / "runs")]) == 2
    assert "cannot compute" in capsys.readouterr().err
    assert runs.list_runs(tmp_path / "runs") == []


@pytest.mark.campaign
def test_a_server_asks_a_process_that_has_torch_before_it_makes_a_run_for_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine with such a GPU would train it."""
    name = next(each for each in ("cuda", "mps") if not getattr(torch, each).is_available())
    process.expect_device.cache_clear()
    manager = JobManager(slots=1, threads=1, root=tmp_path)
    with pytest.raises(DeviceUnavailable, match=rf"^device {name} is not on this machine"):
        manager.start(parse_config({"dataset": "digits", "device": name}))
    manager.close()
    assert runs.list_runs(tmp_path) == []


def test_the_command_line_says_which_device_computes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["device", "cpu"]) == 0
    assert capsys.readouterr().out == "cpu: cpu computes\n"
