"""Which refusals of a disk a training waits out, and for how long."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from vae_core.errors import DiskRefused
from vae_core.jobs.control import Control
from vae_core.runs import storage
from vae_core.runs.metrics_log import MetricsLog
from vae_core.worker.disk_retry import GIVE_UP_S, RETRY_S, DiskRetry
from vae_core.worker.publish_schedule import PublishSchedule

PASSING = ("ENOSPC", "EDQUOT", "EIO", "EROFS", "ENOENT", "ESTALE", "ETIMEDOUT", "ENODEV", "ENOTCONN", "EACCES")


class Impatient(Control):
    """Waits no time at all."""

    def wait_for_stop(self, seconds: float) -> bool:
        return False


def refusal(number: int) -> DiskRefused:
    cause = OSError(number, "refused")
    error = storage.refused(Path("/runs/0/metrics.jsonl"), cause)
    error.__cause__ = cause
    return error


def new_retry() -> DiskRetry:
    return DiskRetry(Impatient(), PublishSchedule(), lambda _: None)


@pytest.mark.parametrize("name", PASSING)
def test_what_disks_and_shares_get_over_is_waited_out(name: str) -> None:
    if hasattr(errno, name):
        assert new_retry().may_help(refusal(getattr(errno, name)))


def test_what_no_disk_gets_over_is_not(tmp_path: Path) -> None:
    assert not new_retry().may_help(refusal(errno.ENAMETOOLONG))


def test_a_folder_that_stays_away_is_given_up_in_the_end_and_a_full_disk_never() -> None:
    retry, gone, full = new_retry(), refusal(errno.ENOENT), refusal(errno.ENOSPC)
    for _ in range(2):
        with retry.waiting(gone):
            waits = 0
            while retry.may_help(gone):
                retry.wait()
                waits += 1
            assert waits == GIVE_UP_S / RETRY_S
            assert retry.may_help(full)


def test_a_log_that_has_lost_lines_is_not_filled_up_with_zeros(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log = MetricsLog(path)
    log.append(b'{"step": 1}\n')
    whole = path.read_bytes()
    path.unlink()  # a program that syncs takes the folder away and puts up an older one
    with pytest.raises(DiskRefused, match=r"of 12 bytes that were written 0 are there") as caught:
        log.append(b'{"step": 2}\n')
    assert new_retry().may_help(caught.value)
    path.write_bytes(whole)
    log.append(b'{"step": 2}\n')
    assert path.read_bytes() == whole + b'{"step": 2}\n'
