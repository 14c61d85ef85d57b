"""`python -m vae_core sweep …`: many runs that differ in chosen settings; begun, gone on with, looked at, measured."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from vae_core.config import parse_config, settings
from vae_core.data import registry
from vae_core.errors import ConfigInvalid
from vae_core.jobs import JobManager, cluster, machine
from vae_core.runs import runs_root
from vae_core.runs.listing import index_of
from vae_core.runs.listing.words import value_text
from vae_core.sweeps import cost, local, outcomes, records, space
from vae_core.sweeps.outcomes import PointOutcome
from vae_core.sweeps.records import AIMS, Sweep

AddSettings = Callable[[ArgumentParser], None]


def add_command(commands: _SubParsersAction[ArgumentParser], add_settings: AddSettings) -> None:
    """The command `sweep` and its own commands. add_settings: the flags of a training's settings."""
    about = "Train many runs that differ in chosen settings and in their seeds."
    sweep = commands.add_parser("sweep", help=about, description=about, allow_abbrev=False)
    actions = sweep.add_subparsers(required=True, metavar="ACTION")
    starting = _action(actions, "start", start, "Say what it will take, and run it; Ctrl-C stops and keeps it.")
    starting.add_argument(
        "--over", type=_over, action="append", required=True, metavar="SETTING=VALUES",
        help="what it goes over, again for each: beta=0.5,1,2 or beta='0.25..8 log 6' or hidden_sizes='512-256; 400'",
    )  # fmt: skip
    starting.add_argument("--engine", choices=("grid", "random", "optuna"), default="grid", help="default: %(default)s")
    starting.add_argument("--trials", type=int, default=20, metavar="N", help="points that are drawn; not of a grid")
    starting.add_argument("--draw-seed", type=int, default=0, metavar="N", help="of the draws")
    starting.add_argument("--seeds", type=_seeds, default=(0,), metavar="SEEDS", help="such as 0,1,2 or 0..4")
    starting.add_argument(
        "--aim", action="append", metavar="FIGURE", help=f"Optuna's, again for each: {', '.join(AIMS)}"
    )
    starting.add_argument("--prune", action="store_true", help="give up what is worse than the others were as early")
    starting.add_argument("--name", default="", help="what to call it")
    starting.add_argument("--dry", action="store_true", help="say what it will take, and begin nothing")
    add_settings(starting)
    trying = _action(actions, "speed", speed, "Train for two seconds, and say how many images a second that is.")
    add_settings(trying)
    looking = _action(actions, "status", status, "List the sweeps, or what one has found so far.")
    looking.add_argument("sweep", metavar="SWEEP", nargs="?", help="its id, or the beginning of it")
    for name, action, what in (
        ("resume", resume, "Go on with one that was stopped or killed: nothing is run twice."),
        ("stop", stop, "Have whoever runs it stop; what it has is kept."),
        ("seeds", seeds, "Run each of its points with further seeds."),
    ):
        added = _action(actions, name, action, what)
        added.add_argument("sweep", metavar="SWEEP", help="its id, or the beginning of it")
        if name == "seeds":
            added.add_argument("seeds", type=_seeds, metavar="SEEDS", help="such as 1,2 or 1..4")


def _action(
    actions: _SubParsersAction[ArgumentParser], name: str, action: Callable[[Namespace], int], about: str
) -> ArgumentParser:
    added = actions.add_parser(name, help=about, description=about, allow_abbrev=False)
    added.set_defaults(action=action)
    added.add_argument(
        "--runs-dir", type=Path, metavar="DIR", help="folder of the runs (VAE_RUNS_DIR, else runs/ here)"
    )
    added.add_argument("--json", action="store_true", help="end with one line of JSON on stdout")
    if name in ("start", "speed", "resume", "seeds"):
        added.add_argument("--data-dir", type=Path, metavar="DIR", help="folder of the data sets (VAE_DATA_DIR)")
        added.add_argument(
            "--at-a-time", type=int, metavar="N", help="how many runs train together (default: the cores)"
        )
    return added


def _over(text: str) -> tuple[str, space.Choices | space.Range]:
    """One setting and what it goes over. Raises ArgumentTypeError, which argparse shows."""
    name, sign, values = text.partition("=")
    try:
        if not sign:
            raise ConfigInvalid(f"expected SETTING=VALUES, such as beta=0.5,1,2; got {text!r}")
        return name.replace("-", "_"), space.axis_from(name.replace("-", "_"), values)
    except ConfigInvalid as error:
        raise ArgumentTypeError(str(error)) from None


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return space.seeds_from(text)
    except ConfigInvalid as error:
        raise ArgumentTypeError(str(error)) from None


def start(arguments: Namespace) -> int:
    """Plans a sweep, says what it takes, and runs it."""
    values, root = vars(arguments), _root(arguments)
    base = parse_config({name: values[name] for name in settings() if name in values})
    card = registry.card_here(base.dataset, arguments.data_dir)
    sweep = records.plan(
        base,
        dict(arguments.over),
        arguments.engine,
        seeds=arguments.seeds,
        trials=arguments.trials,
        draw_seed=arguments.draw_seed,
        aims=arguments.aim or ("negative_elbo_nats",),
        prunes=arguments.prune,
        name=arguments.name,
    )
    records.check_points(sweep, card)
    at_a_time = arguments.at_a_time or machine.cores()
    speed = cost.measured_speed(base, card, index_of(root).entries())
    runs = (len(sweep.points) or sweep.trials) * len(sweep.seeds)
    said = str(cost.cost_of(sweep, card, speed, at_a_time, card.train_size)) if speed else _unknown(runs, at_a_time)
    print(said, file=sys.stderr)
    if arguments.dry:
        return 0
    records.keep(sweep, root)
    return _run(sweep, arguments)


def _unknown(runs: int, at_a_time: int) -> str:
    return (
        f"{runs} runs, {at_a_time} at a time; how long they take is known once one of their kind has been trained on "
        "this machine"
    )


def speed(arguments: Namespace) -> int:
    """Tries out how fast these settings train, on one thread; nothing is kept of it."""
    values = vars(arguments)
    config = parse_config({name: values[name] for name in settings() if name in values})
    images_per_s = import_module("vae_core.worker.speed").images_per_s(config)  # which alone needs torch
    print(json.dumps({"images_per_s": images_per_s}) if arguments.json else f"{images_per_s:,.0f} images a second")
    return 0


def resume(arguments: Namespace) -> int:
    """Goes on with a sweep."""
    return _run(_named(arguments), arguments)


def seeds(arguments: Namespace) -> int:
    """Adds seeds, and runs what is missing then."""
    return _run(records.add_seeds(_named(arguments).id, arguments.seeds, _root(arguments)), arguments)


def stop(arguments: Namespace) -> int:
    """Asks whoever runs it to stop."""
    sweep = _named(arguments)
    records.stop(sweep.id, _root(arguments))
    is_run = records.is_driven(sweep.id, _root(arguments))
    print(f"sweep {sweep.id} stops" if is_run else f"nobody runs sweep {sweep.id}", file=sys.stderr)
    return 0


def status(arguments: Namespace) -> int:
    """Lists all sweeps, or the points of one."""
    if arguments.sweep:
        return _tell(_named(arguments), arguments)
    root = _root(arguments)
    rows = []
    for sweep in records.all_sweeps(root):
        points = outcomes.outcomes(sweep, root)
        ended, all_runs = outcomes.ended(points), sum(len(point.runs) for point in points)
        standing = "running" if records.is_driven(sweep.id, root) else "finished" if ended == all_runs else "to resume"
        rows.append({"id": sweep.id, "name": sweep.name, "runs": all_runs, "ended": ended, "state": standing})
        print(f"{sweep.id}  {ended:>4} of {all_runs:<4} {standing:<10} {sweep.name}")
    if arguments.json:
        print(json.dumps(rows))
    return 0


def _run(sweep: Sweep, arguments: Namespace) -> int:
    """Runs it in this process, which trains in others; Ctrl-C saves what trains."""
    root = _root(arguments)
    print(f"sweep {sweep.id}: {sweep.name}", file=sys.stderr, flush=True)
    manager = JobManager(
        slots=arguments.at_a_time, root=root, executor=cluster.asked_for(arguments.at_a_time or machine.cores())
    )
    try:
        sweep = local.drive(sweep.id, manager, report=lambda said: print(said, file=sys.stderr, flush=True))
    except KeyboardInterrupt:
        print(f"stopped; python -m vae_core sweep resume {sweep.id} goes on", file=sys.stderr)
        raise
    finally:
        manager.close()
    return _tell(sweep, arguments)


def _tell(sweep: Sweep, arguments: Namespace) -> int:
    """A line for each point, and what can be said of the best."""
    points = outcomes.outcomes(sweep, _root(arguments))
    for point in points:
        print(_line(sweep, point))
    if sweep.error:
        print(sweep.error, file=sys.stderr)
    best = outcomes.best(sweep, points, sweep.aims[0])
    if best.leader is not None:
        verb = "is best" if best.index is not None else "leads, and is not called best"
        print(f"by {sweep.aims[0]}, {_point(points[best.leader])} {verb}: {best.why}")
    if arguments.json:
        print(json.dumps(_as_json(sweep, points, best.index)))
    return 0


def _line(sweep: Sweep, point: PointOutcome) -> str:
    states = [run.state for run in point.runs]
    if not (spread := point.spread(sweep.aims[0])):
        return f"{_point(point)}: {', '.join(sorted(set(states)))}"
    figures = [f"{sweep.aims[0]} {spread.median:.2f}"]
    if spread.count > 1:
        figures.append(f"{spread.low:.2f} to {spread.high:.2f} over {spread.count} seeds")
    rate, distortion = point.spread("kl_nats"), point.spread("reconstruction_nats")
    if rate and distortion:
        figures.append(f"rate {rate.median:.2f}, distortion {distortion.median:.2f}")
    return f"{_point(point)}: {', '.join(figures)}"


def _point(point: PointOutcome) -> str:
    return " ".join(f"{name}={value_text(value)}" for name, value in point.settings.items())


def _as_json(sweep: Sweep, points: list[PointOutcome], best: int | None) -> dict[str, Any]:
    return {
        "id": sweep.id,
        "name": sweep.name,
        "best": best,
        "points": [
            {
                "settings": dict(point.settings),
                "runs": [
                    {"id": run.run_id, "seed": run.seed, "state": run.state, "figures": dict(run.figures)}
                    for run in point.runs
                ],
            }
            for point in points
        ],
    }


def _root(arguments: Namespace) -> Path:
    return (arguments.runs_dir or runs_root()).absolute()


def _named(arguments: Namespace) -> Sweep:
    """The sweep that a person means by its id, or by the beginning of it. Raises LatentStudioError."""
    root = _root(arguments)
    found = [each for each in records.all_sweeps(root) if each.id.startswith(arguments.sweep)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise ConfigInvalid(f"{len(found)} sweeps begin with {arguments.sweep}; type more of the id")
    return records.read_sweep(arguments.sweep, root)
