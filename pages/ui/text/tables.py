"""Tables of figures, written as in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

MINUS = "\u2212"


def written(value: float, form: str) -> str:
    """A number in one of Python's forms (',.1f'), with a true minus, and without one before what is 0."""
    text = format(value, form)
    return format(0.0, form) if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def with_minus(rows: Sequence[Mapping[str, Any]], forms: Mapping[str, str]) -> Any:
    """Rows for `st.dataframe`, whose own forms know no true minus; they are sorted as the numbers that they are.

    forms: of the columns that hold figures, see `written`; what is missing is a dash.
    """
    table = pd.DataFrame(rows)
    return table.style.format({name: partial(written, form=form) for name, form in forms.items()}, na_rep="–")
