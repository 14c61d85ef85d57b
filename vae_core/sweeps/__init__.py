"""Many runs that differ in chosen settings and in their seeds: what is to be run, who runs it, what came of it.

A sweep is a record beside the runs, which says what is to be run; each of its runs is a run like any other, under an id
that follows from the record, so that nothing is run twice and nothing is forgotten, whoever is killed. Nothing trains
here, and nothing is drawn.
"""

from vae_core.sweeps.local import begin, is_driven
from vae_core.sweeps.records import Sweep, all_sweeps, read_sweep
from vae_core.sweeps.space import Choices, Range, Space

__all__ = ["Choices", "Range", "Space", "Sweep", "all_sweeps", "begin", "is_driven", "read_sweep"]
