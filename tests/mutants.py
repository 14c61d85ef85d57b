"""`make mutants`: does a test fail for every small mistake that could be made in what the losses are made of?

mutmut changes one thing at a time (a sign, a factor, a name, a bound) in a copy of the project and runs the tests that
reach it. Prints each module's score, and the changes that no test noticed. Minutes for each module; one of them alone:
python -m tests.mutants divergences
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = {
    "divergences": "model",
    "posteriors": "model",
    "likelihoods": "model",
    "families": "model",
    "objectives": "model",
    "fused_elbo": "training",
}
"""By the room that each lies in, in vae_core and in its tests."""
KILLED = {"killed", "timeout", "suspicious", "segfault"}

SETTINGS = """
[tool.mutmut]
source_paths = ["vae_core"]
only_mutate = [{modules}]
pytest_add_cli_args_test_selection = [{tests}]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
process_isolation = "fork"
use_git_change_detection = false
"""


def prepare(folder: Path, modules: list[str]) -> None:
    """A copy of what the tests need, with mutmut's settings; a mutant's folder is made inside it."""
    ignored = shutil.ignore_patterns("__pycache__", "pretrained")
    shutil.copytree(ROOT / "vae_core", folder / "vae_core", ignore=ignored)
    (folder / "tests/vae_core").mkdir(parents=True)
    shutil.copy(ROOT / "tests/conftest.py", folder / "tests")
    for path in (ROOT / "tests/vae_core").glob("*.py"):
        if not path.name.startswith("test_"):
            shutil.copy(path, folder / "tests/vae_core")
    for name, room in MODULES.items():
        (folder / "tests/vae_core" / room).mkdir(exist_ok=True)
        shutil.copy(ROOT / f"tests/vae_core/{room}/test_{name}.py", folder / "tests/vae_core" / room)
    names = ", ".join(f'"vae_core/{MODULES[name]}/{name}.py"' for name in modules)
    tests = ", ".join(f'"tests/vae_core/{room}/test_{name}.py"' for name, room in MODULES.items())
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(project + SETTINGS.format(modules=names, tests=tests), encoding="utf-8")


def mutmut(folder: Path, *words: str) -> str:
    """What a command of mutmut prints."""
    command = [sys.executable, "-m", "mutmut", *words]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES), metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, arguments.modules)
        subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", str(arguments.processes)], cwd=folder, check=True
        )
        outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        survivors = []
        for mutant, outcome in re.findall(
            r"^\s*(\S+): (.+)$", mutmut(folder, "results", "--all", "true"), re.MULTILINE
        ):
            module = mutant.split(".")[2]
            outcomes[module]["killed" if outcome in KILLED else outcome] += 1
            if outcome not in KILLED:
                survivors.append((mutant, outcome))
        for mutant, outcome in survivors:
            print(f"\n{outcome}: {mutant}\n{mutmut(folder, 'show', mutant)}")
    for module, counts in outcomes.items():
        rest = (
            ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if outcome != "killed") or "none left"
        )
        print(f"{module}: {counts['killed']} of {counts.total()} mutants killed ({rest})")
    killed, made = sum(c["killed"] for c in outcomes.values()), sum(c.total() for c in outcomes.values())
    print(f"all: {killed} of {made} = {100 * killed / max(1, made):.1f} %")
    return 0 if made else 1


if __name__ == "__main__":
    sys.exit(main())
