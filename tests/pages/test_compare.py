"""Compare as Streamlit draws it, and what its maps are told."""

from streamlit.testing.v1 import AppTest

from tests.pages.conftest import NAVIGATION
from tests.pages.idle_manager import IdleManager


def compare(**address: str) -> AppTest:
    app = AppTest.from_file(str(NAVIGATION), default_timeout=30)
    app.run()
    for name, value in address.items():
        app.query_params[name] = value
    return app.switch_page("compare.py").run()


def test_without_a_choice_it_says_what_to_do(manager: IdleManager) -> None:
    app = compare()
    assert not app.exception
    assert any("Choose two or more runs" in info.value for info in app.info)
