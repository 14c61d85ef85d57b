"""Words that are not ours, such as a data set's title, where Streamlit would read Markdown in them."""

from __future__ import annotations

import re

_SPECIAL = re.compile(
    r"`[^`]+`"  # a command, which stays one
    r"|[\\`*\[\]$~]|(?<![^\W_])_|_(?![^\W_])"  # an underscore within a word means nothing
    r"|<(?=[A-Za-z/!])|&(?=[A-Za-z#])|:(?=[A-Za-z])"  # a tag, an entity, a name such as :red
    r"|^(?=[#>+=|-])",  # what begins a line otherwise
    flags=re.MULTILINE,
)


def plain(text: str) -> str:
    """Markdown that shows the text as it is written; only `code` between backticks stays code."""
    return _SPECIAL.sub(lambda found: found[0] if len(found[0]) > 1 else f"\\{found[0]}", text)
