"""Figures in tables are written as in sentences."""

import pytest

from pages.ui.text.tables import with_minus, written


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(-3418.04, ",.1f", "−3,418.0"), (-0.04, ",.1f", "0.0"), (2.0, "+,.1f", "+2.0"), (-0.04, "+,.1f", "+0.0")],
)
def test_a_figure_has_a_true_minus_and_none_before_nothing(value: float, form: str, text: str) -> None:
    assert written(value, form) == text


def test_a_table_shows_figures_so_and_keeps_them_as_numbers() -> None:
    table = with_minus([{"Run": "A", "KL": -3418.04}, {"Run": "B", "KL": None}], {"KL": ",.1f"})
    assert "−3,418.0" in table.to_html()
    assert "–" in table.to_html()
    assert table.data["KL"][0] == -3418.04
