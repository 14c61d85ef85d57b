"""A training process that tells how much memory it took: python -m tests.torture.memory_child CONFIG DATA RUNS RESUME.

It does what a worker does, at known steps instead of by the clock: the process trains a few steps, shows and
keeps the model twice, and stops. Prints one number: the most resident bytes it ever had, above those of an idle process
that has imported torch.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

STEPS = 7
WORK_AT = (3, 6)  # a map, a checkpoint, and at every third step a snapshot


def resident(what: str = "VmRSS") -> int:
    """Bytes; VmHWM is the highest since the process began, or since the last `forget_peak`."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def main() -> None:
    idle = resident()
    forget_peak()
    from vae_core.config import parse_config
    from vae_core.data.registry import card_here
    from vae_core.jobs.control import Control
    from vae_core.runs import RunWriter
    from vae_core.worker import recorder, training_process
    from vae_core.worker.publish_schedule import PublishSchedule

    class ShortEpochs(recorder.Training):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, **named)  # type: ignore[arg-type]
            self.steps_per_epoch = min(3, self.steps_per_epoch)

    class ByStep(PublishSchedule):
        def is_publish_due(self, step: int) -> bool:
            return step in WORK_AT

        is_checkpoint_due = is_publish_due

    recorder.Training = ShortEpochs  # type: ignore[misc]
    training_process.warm_up()
    torch.set_num_threads(1)
    control, made = Control(), 0
    grant = control.wait_turn

    def wait_turn(on_idle: object) -> bool:
        nonlocal made
        made += 1
        if made > STEPS:
            control.stop()
        return grant(on_idle)  # type: ignore[arg-type]

    control.wait_turn = wait_turn  # type: ignore[method-assign]
    config, data, runs = parse_config(json.loads(sys.argv[1])), Path(sys.argv[2]), Path(sys.argv[3])
    writer = RunWriter.create(config, runs, card=card_here(config.dataset, data))
    status = training_process.train_run(writer, control, data_root=data, schedule=ByStep())
    assert status.state == "stopped", status.error
    print(resident("VmHWM") - idle)


if __name__ == "__main__":
    main()
