"""How many cores a training may use, in a container or not, and what numbers the processor multiplies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vae_core.jobs import JobManager, machine


@pytest.fixture
def sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host of so many."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


def put(root: Path, **files: str) -> Path:
    """Files of a system, by their paths with __ for /, as the kernel would show them."""
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return root


QUOTAS = [("200000 100000", 2), ("250000 100000", 2), ("50000 100000", 1), ("max 100000", 16), ("3200000 100000", 16)]


@pytest.mark.parametrize(("quota", "right"), QUOTAS)
@pytest.mark.parametrize("group", ["/", "/docker/abc", "/docker/abc/elsewhere/inside"])
def test_a_containers_quota_counts_where_it_is_less_than_the_cores(
    sixteen_cores: None, tmp_path: Path, quota: str, right: int, group: str
) -> None:
    put(tmp_path, proc__self__cgroup=f"0::{group}")
    limited = "" if group == "/" else "docker/abc"
    (tmp_path / "sys/fs/cgroup" / limited).mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup" / limited / "cpu.max").write_text(f"{quota}\n")
    assert machine.cores(tmp_path) == right


def test_a_path_that_is_the_hosts_leads_to_the_containers_own_root(sixteen_cores: None, tmp_path: Path) -> None:
    put(tmp_path, proc__self__cgroup="0::/../../host.slice/x")
    put(tmp_path / "sys/fs/cgroup", **{"cpu.max": "300000 100000"})
    assert machine.cores(tmp_path) == 3


@pytest.mark.parametrize(("quota", "right"), [("200000", 2), ("-1", 16), ("1000", 1)])
@pytest.mark.parametrize("mounted", ["cpu", "cpu,cpuacct"])
def test_control_groups_of_the_first_version_are_heeded_too(
    sixteen_cores: None, tmp_path: Path, quota: str, right: int, mounted: str
) -> None:
    put(tmp_path, proc__self__cgroup=f"5:memory:/docker/abc\n4:{mounted}:/docker/abc")
    group = tmp_path / "sys/fs/cgroup" / mounted / "docker/abc"
    put(group, **{"cpu.cfs_quota_us": quota, "cpu.cfs_period_us": "100000"})
    assert machine.cores(tmp_path) == right


@pytest.mark.parametrize("content", ["", "nonsense", "100000", "0 0", "100000 0"])
def test_what_is_no_quota_limits_nothing(sixteen_cores: None, tmp_path: Path, content: str) -> None:
    put(tmp_path / "sys/fs/cgroup", **{"cpu.max": content})
    assert machine.cores(tmp_path) == 16
    assert machine.cores(tmp_path / "nowhere") == 16


def test_slots_and_threads_go_by_the_same_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(machine, "_quotas", lambda _: iter([1.5]))
    assert (machine.cores(), machine.default_threads()) == (1, 1)
    manager = JobManager(root=tmp_path)
    assert (manager._executor.slots, manager._executor._threads) == (1, 1)
    manager.close()


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_bf16", True),
        ("flags\t\t: fpu amx_bf16", True),
        ("Features\t: fp asimd bf16", True),
        ("flags\t\t: fpu avx2 avx512f avx512bw", False),
        ("model name\t: unknown", None),
    ],
)
def test_a_processor_is_asked_whether_it_multiplies_bfloat16(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, right: bool | None
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    put(tmp_path, proc__cpuinfo=f"processor\t: 0\n{line}")
    assert machine.has_bfloat16(tmp_path) is right
    assert machine.has_bfloat16(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("precision", "device", "has", "says"),
    [
        ("bfloat16", "cpu", False, "Expect a training that takes longer"),
        ("bfloat16", "auto", False, "Unless there is a GPU, expect"),
        ("bfloat16", "auto", True, ""),
        ("bfloat16", "auto", None, ""),
        ("bfloat16", "cuda", False, ""),
        ("float32", "cpu", False, ""),
    ],
)
def test_bfloat16_is_warned_of_where_the_processor_must_imitate_it(
    monkeypatch: pytest.MonkeyPatch, precision: str, device: str, has: bool | None, says: str
) -> None:
    monkeypatch.setattr(machine, "has_bfloat16", lambda: has)
    note = machine.precision_note(precision, device)
    assert note.startswith("This machine's processor has no instructions for bfloat16.") if says else note == ""
    assert says in note
