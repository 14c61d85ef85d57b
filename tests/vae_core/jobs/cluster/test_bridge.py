"""The process that speaks with Ray: one actor a run, found by its name, told in order, and its end passed on."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from vae_core.jobs.cluster.bridge import NAMESPACE, Bridge


class Died(Exception):
    """As Ray says that an actor is no more."""


class FakeRay:
    """As much of Ray as the bridge knows. nodes: what each machine has. ready: what comes of calls, by reference."""

    exceptions = SimpleNamespace(RayActorError=Died)

    def __init__(self, *machines: dict[str, float]) -> None:
        self._nodes = [{"Alive": True, "Resources": machine} for machine in machines]
        self.actors: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.ready: dict[int, Any] = {}
        self.killed: list[str] = []

    def remote(self, **options: Any) -> Any:
        return lambda made: SimpleNamespace(options=self._options)

    def _options(self, **options: Any) -> Any:
        def remote(directory: str) -> Any:
            name = options["name"]
            self.actors.setdefault(name, options | {"directory": directory})
            return SimpleNamespace(
                name=name,
                news=SimpleNamespace(remote=lambda number: self._call("news", name, number)),
                tell=SimpleNamespace(remote=lambda command, number: self._call("tell", name, command, number)),
            )

        return SimpleNamespace(remote=remote)

    def _call(self, *what: Any) -> int:
        self.calls.append(what)
        return len(self.calls) - 1

    def wait(self, references: list[int], num_returns: int, timeout: float) -> tuple[list[int], list[int]]:
        return [each for each in references if each in self.ready][:num_returns], []

    def get(self, reference: int) -> Any:
        if isinstance(came := self.ready[reference], Exception):
            raise came
        return came

    def kill(self, actor: Any, no_restart: bool) -> None:
        assert no_restart
        self.killed.append(actor.name)

    def nodes(self) -> list[dict[str, Any]]:
        return self._nodes

    def cluster_resources(self) -> dict[str, float]:
        return {name: sum(node["Resources"].get(name, 0) for node in self._nodes) for name in ("CPU", "GPU")}


LARGE = {"CPU": 8, "memory": 16e9}


def keep(run: str = "a", **others: Any) -> dict[str, Any]:
    return {"run": run, "keep": f"/runs/{run}", "cpus": 1, "gpu": "auto", "memory": 7e8, **others}


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_run_is_a_detached_actor_that_is_begun_again_elsewhere() -> None:
    ray = FakeRay(LARGE)
    bridge = Bridge(ray)
    bridge.obey(keep())
    bridge.obey(keep())  # a server that has lost its bridge tells the next one anew
    (actor,) = ray.actors.values()
    assert (actor["name"], actor["namespace"], actor["directory"]) == ("a", NAMESPACE, "/runs/a")
    assert (actor["lifetime"], actor["get_if_exists"], actor["max_restarts"]) == ("detached", True, -1)
    assert (actor["num_cpus"], actor["num_gpus"], actor["memory"]) == (1, 0, 7e8)


@pytest.mark.parametrize(("device", "gpus"), [("auto", 1), ("cuda", 1), ("cpu", 0)])
def test_a_gpu_is_asked_for_where_there_is_one(device: str, gpus: int) -> None:
    ray = FakeRay(LARGE, LARGE | {"GPU": 2})
    Bridge(ray).obey(keep(gpu=device))
    assert ray.actors["a"]["num_gpus"] == gpus


def test_news_and_the_end_are_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    ray = FakeRay(LARGE)
    bridge = Bridge(ray)
    bridge.obey(keep())
    bridge.look()
    assert said(capsys) == []
    ray.ready = {0: (1, "the disk is full", False)}
    bridge.look()
    assert said(capsys) == [{"event": "news", "run": "a", "blocked": "the disk is full"}]
    assert ray.calls[-1] == ("news", "a", 1)
    ray.ready = {1: Died("its machine\nis gone")}
    bridge.look()
    assert said(capsys) == [{"event": "over", "run": "a", "is_withdrawn": False, "reason": "is gone"}]


def test_commands_are_numbered_in_their_order() -> None:
    ray = FakeRay(LARGE)
    bridge = Bridge(ray)
    bridge.obey(keep())
    for name in ("pause", "resume"):
        bridge.obey({"run": "a", "tell": {"command": name}})
        bridge.obey({"run": "another", "tell": {"command": name}})  # of which it knows nothing
    assert ray.calls[1:] == [("tell", "a", {"command": "pause"}, 1), ("tell", "a", {"command": "resume"}, 2)]


def test_a_stop_ends_what_has_no_machine_yet_and_reaches_what_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    ray = FakeRay(LARGE)
    bridge = Bridge(ray)
    for run in ("a", "b"):
        bridge.obey(keep(run))
    ray.ready = {1: (1, None, False)}
    bridge.look()
    for run in ("a", "b"):
        bridge.obey({"run": run, "tell": {"command": "stop"}})
    assert ray.killed == ["a"]
    assert ray.calls[-1] == ("tell", "b", {"command": "stop"}, 1)
    ray.ready = {0: Died("killed")}
    bridge.look()
    assert said(capsys)[-1]["is_withdrawn"]


def test_a_run_that_fits_on_no_machine_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    bridge = Bridge(FakeRay({"CPU": 8, "memory": 1e8}, {"CPU": 0, "memory": 16e9}))
    bridge.obey(keep())
    (waits,) = said(capsys)
    assert (waits["event"], "1 CPUs, 0 GPUs and 0.7 GB of memory" in waits["reason"]) == ("waits", True)
