"""Runs go to a cluster as they go to processes of this machine, outlive the server, and are found again."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from tests.vae_core.small_runs import digits, stop_after
from tests.vae_core.waiting import wait_until
from vae_core import jobs, runs
from vae_core.errors import ClusterMissing
from vae_core.jobs import JobManager
from vae_core.jobs.cluster import Cluster, asked, checked_address
from vae_core.runs import RunWriter, open_run
from vae_core.worker.training_process import train_run

BRIDGE = Path(__file__).with_name("fake_bridge.py")
NEWS = {"event": "news", "blocked": None}
OVER = {"event": "over", "is_withdrawn": False, "reason": "its machine is gone"}


@pytest.fixture(autouse=True)
def _ray_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.jobs.cluster.executor.find_spec", lambda name: object())


@contextmanager
def manager(root: Path, **answers: Any) -> Iterator[JobManager]:
    (root / "script.json").write_text(json.dumps(answers))
    cluster = Cluster(str(root / "script.json"), command=(sys.executable, str(BRIDGE)))
    with closing(JobManager(root=root, executor=cluster)) as made:
        yield made


def heard(root: Path) -> list[dict[str, Any]]:
    path = root / "script.heard"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_run_waits_in_the_clusters_line_is_placed_and_told(tmp_path: Path) -> None:
    with manager(tmp_path, pause=[NEWS]) as cluster:
        first, second = cluster.start(digits()), cluster.start(digits(device="cuda"))
        wait_until(lambda: len(heard(tmp_path)) == 2)
        keep = {message["run"]: message for message in heard(tmp_path)}
        assert (keep[first]["cpus"], keep[first]["gpu"], keep[second]["gpu"]) == (1, "cpu", "cuda")
        assert 6e8 < keep[first]["memory"] < 9e8
        assert [cluster.queue_position(run) for run in (first, second)] == [1, 2]
        assert open_run(first, tmp_path).status().state == "queued"
        cluster.pause(first)
        wait_until(lambda: cluster.queue_position(first) == 0)
        assert cluster.queue_position(second) == 1
        cluster.edit(first, beta=2.0)
        directory = tmp_path / first
        assert asked.read(directory) == asked.Asked(1, asked.read(directory).data, is_paused=True, edits={"beta": 2.0})


def test_a_server_that_ends_leaves_its_runs_to_the_cluster_and_the_next_finds_them(tmp_path: Path) -> None:
    with manager(tmp_path, keep=[NEWS]) as first:
        run = first.start(digits())
        wait_until(lambda: first.queue_position(run) == 0)
        second = JobManager(slots=1, threads=1, root=tmp_path)  # one that trains on its own machine
        assert second.is_elsewhere(run)
        second.close()
        with manager(tmp_path, keep=[NEWS]) as third:
            assert third.is_elsewhere(run)  # nor is it taken over by another that sends its runs to the same cluster
    status = open_run(run, tmp_path).status()
    assert (status.state, status.error) == ("queued", None)
    train_run(RunWriter.open(tmp_path / run), stop_after(3))  # as a training does whose cluster goes away
    with manager(tmp_path, keep=[NEWS]) as fourth:
        wait_until(lambda: fourth.queue_position(run) == 0)
        assert [message["run"] for message in heard(tmp_path)] == [run, run]


def test_what_is_stopped_in_line_leaves_it(tmp_path: Path) -> None:
    with manager(tmp_path, stop=[{**OVER, "is_withdrawn": True}]) as cluster:
        run = cluster.start(digits())
        cluster.stop(run)
        wait_until(lambda: not cluster.is_active(run))
    status = open_run(run, tmp_path).status()
    assert (status.state, "waited in line" in (status.error or "")) == ("stopped", True)


def test_a_run_that_has_ended_is_let_go_and_can_be_resumed(tmp_path: Path) -> None:
    with manager(tmp_path, keep=[NEWS], stop=[OVER]) as cluster:
        run = cluster.start(digits())
        train_run(RunWriter.open(tmp_path / run), stop_after(3))
        cluster.stop(run)  # and now nobody keeps it
        wait_until(lambda: not cluster.is_active(run))
        assert open_run(run, tmp_path).status().state == "stopped"
        cluster.resume(run, beta=3.0)
        assert asked.read(tmp_path / run).edits == {"beta": 3.0}
        assert open_run(run, tmp_path).status().state == "queued"


def test_a_cluster_that_goes_away_is_looked_for_and_told_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("vae_core.jobs.cluster.executor.RETRY_S", 0.0)
    with manager(tmp_path, keep=[NEWS], pause=[{"exit": 1}], step=[OVER]) as cluster:
        monkeypatch.setattr(cluster._executor, "_wait", lambda changed, seconds: waits.append(seconds))
        run = cluster.start(digits())
        wait_until(lambda: cluster.queue_position(run) == 0)
        cluster.pause(run)
        wait_until(lambda: [message for message in heard(tmp_path) if "keep" in message][1:])
        assert waits == [1.0]
        cluster.step(run)  # the cluster is there, and has lost its keeper
        wait_until(lambda: [message for message in heard(tmp_path) if "keep" in message][2:])


def test_a_run_that_no_machine_can_take_says_so(tmp_path: Path) -> None:
    with manager(tmp_path, keep=[{"event": "waits", "reason": "no machine is large enough"}]) as cluster:
        run = cluster.start(digits())
        wait_until(lambda: cluster.blocked(run) == "no machine is large enough")


def test_without_ray_a_run_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.jobs.cluster.executor.find_spec", lambda name: None)
    with manager(tmp_path) as cluster, pytest.raises(ClusterMissing, match=r"pip install -r requirements-cluster\.txt"):
        cluster.start(digits())
    assert runs.list_runs(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ""),
        ("ray:auto", "auto"),
        ("ray:10.0.0.2:6379", "10.0.0.2:6379"),
        (" ray://head:10001 ", "ray://head:10001"),
    ],
)
def test_a_cluster_is_named_by_an_address(text: str, address: str) -> None:
    assert checked_address(text) == address


@pytest.mark.parametrize("text", ["head:6379", "ray:", "ray://", "slurm:"])
def test_what_names_no_cluster_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAE_CLUSTER", text)
    with pytest.raises(ClusterMissing, match="names no cluster; expected"):
        jobs.cluster.asked_for()


def test_a_server_without_a_cluster_knows_no_ray() -> None:
    assert util.find_spec("vae_core.jobs.cluster.bridge")
    assert "ray" not in sys.modules
