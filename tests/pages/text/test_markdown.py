"""Words that are not ours are shown as they are written."""

import pytest

from pages.ui.text.markdown import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Digits, 8×8 (a test): f_g, 1.5 - 2; http://x", "Digits, 8×8 (a test): f_g, 1.5 - 2; http://x"),
        ("*A* [b](c) $d$ :red[e] <b> &amp; ~f~ _g_", r"\*A\* \[b\](c) \$d\$ \:red\[e\] \<b> \&amp; \~f\~ \_g\_"),
        ("# title\n- point", "\\# title\n\\- point"),
        ("run `make *runtime*` and a` reload", "run `make *runtime*` and a\\` reload"),
    ],
)
def test_signs_that_markdown_would_read_are_escaped_and_commands_stay_commands(text: str, shown: str) -> None:
    assert plain(text) == shown
