"""Our modules as one file: it holds every component, and pages get along without it."""

import json
import os
import shutil
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.ui import routes
from pages.ui.components import mounting
from pages.ui.server import assets, bundle, html_head, urls

COMPONENTS = {path.parent.name for path in (assets.UI / "components").glob("*/__init__.py")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Bundles of a test lie in its own folder."""
    monkeypatch.setattr(bundle, "FOLDER", tmp_path / "bundles")
    return tmp_path / "bundles"


@pytest.fixture
def made(folder: Path) -> Path:
    assert bundle.TOOL.is_file(), "esbuild is missing: run `make runtime`, tests run after it"
    bundle.make()
    return bundle.directory() / bundle.NAME


def registered(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Under which name Streamlit is given a component, and its line of JavaScript."""
    given: list[tuple[str, str]] = []
    mounting._registered.cache_clear()
    monkeypatch.setattr(mounting.st.components.v2, "component", lambda name, **rest: given.append((name, rest["js"])))
    mounting.component(name)
    mounting._registered.cache_clear()
    return given[0]


def mounted(name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    return registered(name, monkeypatch)[1]


def test_the_bundle_exports_every_component_under_its_name(made: Path) -> None:
    exported = made.read_text(encoding="utf-8").rpartition("export{")[2].partition("}")[0]
    assert {each.rpartition(" as ")[2].strip() for each in exported.split(",")} == COMPONENTS


def test_its_source_map_leads_to_every_module_that_a_component_imports(made: Path) -> None:
    sources = json.loads(made.with_name(f"{made.name}.map").read_text(encoding="utf-8"))["sources"]
    names = {Path(source).name for source in sources}
    assert {f"{name}.mjs" for name in COMPONENTS} | {"bundle.mjs", "decoder.mjs"} <= names


def test_pages_load_the_bundle_and_mount_its_components(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"{urls.asset_base()}app/{bundle.NAME}"
    assert f'data-preload src="{address}"' in html_head.preload_tags().decode()
    assert "modulepreload" not in html_head.preload_tags().decode()
    assert address in mounted("run_health", monkeypatch)
    assert "export default m.run_health;" in mounted("run_health", monkeypatch)
    answer = TestClient(Starlette(routes=routes.routes())).get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")


def test_without_esbuild_pages_load_the_sources(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "TOOL", folder / "nothing")
    bundle.make()
    assert not bundle.is_made()
    address = f"{urls.asset_base()}ui/{bundle.NAME}"
    assert f'data-preload src="{address}"' in html_head.preload_tags().decode()
    assert address in mounted("run_health", monkeypatch)


def test_a_component_from_a_bundle_that_is_made_later_is_another_to_streamlit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, _ = registered("run_health", monkeypatch)
    bundle.make()
    assert registered("run_health", monkeypatch)[0] != alone


def test_a_bundler_that_fails_is_told_of_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tool = tmp_path / "fails.cjs"
    tool.write_text("console.error('no such option'); process.exit(1)")
    monkeypatch.setattr(bundle, "TOOL", tool)
    bundle.make()
    assert "no such option" in caplog.text
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told_of(
    made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setattr(bundle, "FOLDER", tmp_path / "a file/below")
    bundle.make()
    assert "pages load more slowly" in caplog.text


def test_it_is_made_once_for_a_version_and_old_versions_go(made: Path, folder: Path) -> None:
    first = made.stat().st_mtime_ns
    bundle.make()
    assert made.stat().st_mtime_ns == first
    for age_s, name in enumerate("abcd"):
        (folder / name).mkdir()
        os.utime(folder / name, (age_s, age_s))
    shutil.rmtree(bundle.directory())
    bundle.make()
    assert sorted(path.name for path in folder.iterdir()) == sorted(["c", "d", assets.version()])


@pytest.mark.parametrize("name", ["../bundle.mjs", "components/../../x.mjs", "meta.json", "", "components"])
def test_nothing_but_the_bundle_is_reached(made: Path, name: str) -> None:
    assert bundle.locate(name) is None
