"""The server's one process that speaks with Ray.

    stdin    {"run": "<id>", "keep": "<directory>", "cpus": 1, "memory": 700000000, "gpu": "auto"}    as often as wished
             {"run": "<id>", "tell": {"command": "pause"}}, as `control.Control` has them; the end of stdin: leave
    stdout   {"event": "connected"}, then of runs, a line each:
             {"event": "waits", "run": "<id>", "reason": "…"}    no machine of the cluster is large enough
             {"event": "news", "run": "<id>", "blocked": null}    it has a keeper
             {"event": "over", "run": "<id>", "is_withdrawn": false, "reason": "…"}    and now it has none

Each run has a detached actor of its own, found by its name: it outlives this process, and Ray starts it again elsewhere
when its machine is lost.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from vae_core.jobs.cluster.keeper import Keeper
from vae_core.jobs.process import REPOSITORY

Message = dict[str, Any]
NAMESPACE = "latent-studio"
LOOK_S = 0.05
"""A command waits no longer than this for the bridge to have finished looking for news."""
_AT_ONCE = 8  # calls of an actor: commands pass those that wait for news


class RunActor:
    """A run's keeper, as an actor: it ends itself with the run, so that its place is free."""

    def __init__(self, directory: str) -> None:
        ray = import_module("ray")
        me = ray.get_runtime_context().current_actor
        self._keeper = Keeper(Path(directory), on_over=lambda: ray.kill(me, no_restart=True))

    def tell(self, command: Message, number: int) -> None:
        """See `Keeper.tell`."""
        self._keeper.tell(command, number)

    def news(self, after: int) -> tuple[int, str | None, bool]:
        """See `Keeper.news`."""
        return tuple(self._keeper.news(after))  # type: ignore[return-value]


@dataclass
class _Kept:
    """A run's actor and the call that waits for its news. number: of the newest; 0: none yet. told: commands so far."""

    actor: Any
    waiting: Any
    number: int = 0
    told: int = 0
    is_withdrawn: bool = False


class Bridge:
    """Between a server's messages and Ray's actors."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._kept: dict[str, _Kept] = {}
        self._actor_class = ray.remote(max_concurrency=_AT_ONCE)(RunActor)

    def obey(self, message: Message) -> None:
        """One message."""
        run = message["run"]
        if "keep" in message:
            self._keep(run, message)
        elif kept := self._kept.get(run):
            if message["tell"]["command"] == "stop" and not kept.number:
                kept.is_withdrawn = True  # it has no machine yet
                self._ray.kill(kept.actor, no_restart=True)
            else:
                kept.told += 1
                kept.actor.tell.remote(message["tell"], kept.told)

    def look(self) -> None:
        """Waits a moment for news, and passes on what there is."""
        waiting = {kept.waiting: run for run, kept in self._kept.items()}
        if not waiting:
            time.sleep(LOOK_S)
            return
        ready, _ = self._ray.wait(list(waiting), num_returns=1, timeout=LOOK_S)
        for reference in ready:
            run = waiting[reference]
            kept = self._kept[run]
            try:
                kept.number, blocked, _ = self._ray.get(reference)
            except self._ray.exceptions.RayActorError as error:
                del self._kept[run]
                say(event="over", run=run, is_withdrawn=kept.is_withdrawn, reason=str(error).strip().splitlines()[-1])
                continue
            say(event="news", run=run, blocked=blocked)
            kept.waiting = self._ask(kept.actor, kept.number)

    def _keep(self, run: str, message: Message) -> None:
        gpus = self._gpus(message["gpu"])
        if reason := self._why_nowhere(message, gpus):
            say(event="waits", run=run, reason=reason)
        actor = self._actor_class.options(
            name=run, namespace=NAMESPACE, lifetime="detached", get_if_exists=True, max_restarts=-1,
            max_task_retries=-1, num_cpus=message["cpus"], num_gpus=gpus, memory=message.get("memory", 0),
        ).remote(message["keep"])  # fmt: skip
        self._kept[run] = _Kept(actor, self._ask(actor, 0))

    def _ask(self, actor: Any, number: int) -> Any:
        return actor.news.remote(number)

    def _gpus(self, device: str) -> int:
        """One, for a run that wants it, or that takes one where there is one."""
        is_there = self._ray.cluster_resources().get("GPU", 0) > 0
        return int(device == "cuda" or (device == "auto" and is_there))

    def _why_nowhere(self, message: Message, gpus: int) -> str | None:
        """Why no machine of the cluster could take the run, if that is so."""
        wanted = {"CPU": message["cpus"], "GPU": gpus, "memory": message.get("memory", 0)}
        for node in self._ray.nodes():
            if node["Alive"] and all(node["Resources"].get(name, 0) >= much for name, much in wanted.items()):
                return None
        words = f"{wanted['CPU']} CPUs, {gpus} GPUs and {wanted['memory'] / 1e9:.2g} GB of memory"
        return f"no machine of the cluster has {words}, as this run needs; it waits until one joins, or stop it"


def say(**event: Any) -> None:
    """One line on stdout; nobody to read it means that this process is about to end as well."""
    with suppress(OSError):
        print(json.dumps(event), flush=True)


def main(address: str) -> int:
    """Runs the process described at the head of this module. Returns its exit status."""
    messages: SimpleQueue[Message | None] = SimpleQueue()
    Thread(target=_listen, args=(messages,), daemon=True).start()
    try:
        ray = import_module("ray")
    except ImportError as error:
        print(f"Ray cannot be imported ({error}); pip install -r requirements-cluster.txt", flush=True)
        return 1
    ray.init(address=address, namespace=NAMESPACE, logging_level="warning", **_options(address))
    say(event="connected")
    bridge = Bridge(ray)
    while (message := _next(messages)) is not None:
        if message:
            bridge.obey(message)
        else:
            bridge.look()
    return 0


def _options(address: str) -> Message:
    """How the cluster's processes find this code: Ray tells them this process's path, but not a client's."""
    if address.startswith("ray://"):
        return {"runtime_env": {"env_vars": {"PYTHONPATH": f"{REPOSITORY}:${{PYTHONPATH}}"}}}
    return {"log_to_driver": False}


def _next(messages: SimpleQueue[Message | None]) -> Message | None:
    """The next message, empty if there is none now; None at the end."""
    try:
        return messages.get_nowait()
    except Empty:
        return {}


def _listen(messages: SimpleQueue[Message | None]) -> None:
    for line in sys.stdin:
        messages.put(json.loads(line))
    messages.put(None)
