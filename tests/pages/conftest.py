"""What tests of pages share: a job manager that does nothing, and the app in front of it."""

from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.pages.idle_manager import IdleManager
from vae_core import jobs

NAVIGATION = Path(__file__).parents[2] / "pages/navigation.py"

# A server looks through all installed packages for components once; an AppTest does so at every rerun, 0.2 s each time.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> IdleManager:
    """Pages talk to this one."""
    manager = IdleManager()
    monkeypatch.setattr(jobs, "shared", lambda: manager)
    return manager


@pytest.fixture
def app(manager: IdleManager) -> AppTest:
    """The app, just opened: it shows Explore."""
    return AppTest.from_file(str(NAVIGATION), default_timeout=30).run()
