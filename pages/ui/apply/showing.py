"""A use's result: the verdict first, then figures with their intervals, plots, pictures, and what can be taken away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.apply.beside import BESIDE
from pages.ui.apply.running import Outcome
from pages.ui.draw import apply_charts, charts
from pages.ui.text.markdown import plain
from pages.ui.text.tables import written
from vae_core import runs
from vae_core.apply.folder import RESULT
from vae_core.apply.record import Figure, Result, Row, Verdict
from vae_core.apply.standing import interval

WHOSE = {"ours": "model", "rival": "without it", "chance": "chance"}


def show(run: runs.Run, outcome: Outcome) -> None:
    """All of it."""
    result = outcome.result
    tell(result.verdict)
    theme: charts.Theme = "dark" if st.context.theme.type == "dark" else "light"
    figures(result, theme)
    for note in result.notes:
        st.caption(plain(note))
    for number, plot in enumerate(result.plots):
        st.markdown(f"**{plain(plot.title)}**", help=plot.about or None)
        drawn = apply_charts.plot(plot, run.card.classes, theme=theme)
        st.plotly_chart(drawn, key=f"apply-plot-{number}", config=charts.CONFIG)
    for picture in result.pictures:
        st.markdown(f"**{plain(picture.title)}**", help=picture.caption or None)
        st.image(str(outcome.path(picture.file)))
    if result.part in BESIDE:
        BESIDE[result.part](run, outcome)
    take_away(outcome)


def tell(verdict: Verdict) -> None:
    """The verdict in words."""
    say, icon = {
        "worth": (st.success, ":material/check_circle:"),
        "rival": (st.info, ":material/balance:"),
        "chance": (st.warning, ":material/casino:"),
        "none": (st.info, ":material/info:"),
    }[verdict.kind]
    say(plain(verdict.sentence), icon=icon)


def figures(result: Result, theme: charts.Theme) -> None:
    """A table of methods and figures, and the figure that is judged as intervals."""
    judged = next(figure for figure in result.figures if figure.name == result.judged)
    rows = [row for row in result.rows if row.figures.get(judged.name)]
    st.markdown(f"**{plain(result.title)}**", help=" ".join(f"{each.title}: {each.about}" for each in result.figures))
    st.plotly_chart(apply_charts.intervals(rows, judged, theme=theme), key="apply-intervals", config=charts.CONFIG)
    st.dataframe(
        [_cells(row, result.figures) for row in result.rows],
        hide_index=True,
        height="content",
        column_config={"": st.column_config.TextColumn(width="small"), "What it is": st.column_config.TextColumn()},
    )
    st.caption(f"± is the 95 % interval of the mean over {plain(result.repeats)}. It took {result.seconds:.0f} s.")


def _cells(row: Row, known: tuple[Figure, ...]) -> dict[str, Any]:
    cells = {figure.title: _text(row.figures.get(figure.name) or (), figure) for figure in known}
    return {"Method": row.method, "": WHOSE[row.role], **cells, "What it is": row.about}


def _text(values: tuple[float, ...], figure: Figure) -> str:
    if not values:
        return "–"
    found = interval(values)
    return f"{written(found.mean, figure.form)} ± {written(found.half, figure.form)}"


def take_away(outcome: Outcome) -> None:
    """A button for each file."""
    st.markdown("**Take away**")
    with st.container(horizontal=True):
        for file, about in [*((each.file, each.about) for each in outcome.result.take_away), (RESULT, "All figures.")]:
            st.download_button(
                file, outcome.path(file).read_bytes, file, key=f"apply-{file}", help=about, icon=":material/download:"
            )
