"""The run directory: the one place where training and server meet. Nothing outside this room touches a run's files.

`reader` opens runs, `writer` writes them, `recovery` ends or reopens those whose process is gone, `archives` sends them
to other machines; `storage` knows bytes alone.
"""

from vae_core.runs.pretrained import LESSONS, SHIPPED
from vae_core.runs.reader import Run, find_run, list_runs, open_directory, open_run
from vae_core.runs.records import Embedding, Evaluation, Figures, Status, new_run_id, runs_root
from vae_core.runs.snapshots import Snapshot
from vae_core.runs.writer import RunWriter

__all__ = [
    "LESSONS",
    "SHIPPED",
    "Embedding",
    "Evaluation",
    "Figures",
    "Run",
    "RunWriter",
    "Snapshot",
    "Status",
    "find_run",
    "list_runs",
    "new_run_id",
    "open_directory",
    "open_run",
    "runs_root",
]
