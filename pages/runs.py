"""Runs: every run this session may see, its figures, and the way in and out for others' runs."""

from typing import Any

import streamlit as st

from pages.ui.address import state, table_rows
from pages.ui.draw import charts
from pages.ui.health import section
from pages.ui.server import images, run_previews, visible_runs
from pages.ui.text import run_text, tables
from pages.ui.text.error_text import in_words
from pages.ui.text.markdown import plain
from pages.ui.train import extending, run_controls
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.runs import archives

IF_REFUSED = (
    "Should it end with an AxiosError, the app has not seen the file. With status 413 a proxy takes no file of that "
    "size: raise its limit (in nginx, client_max_body_size 256m). With status 403 the page stands in another site's "
    "frame, or a proxy keeps its cookie back: open the app in a tab of its own, or start it with "
    "`--server.enableXsrfProtection=false`."
)
WAITING = run_previews.Glance((), "…")
_NATS = {
    name: st.column_config.NumberColumn(help="Held-out images, nats per image")
    for name in ("−ELBO", "Reconstruction", "KL")
}
COLUMNS: dict[str, Any] = {
    "Lattice": st.column_config.ImageColumn(
        width=72, help="What the decoder makes of places around the prior's middle, in the first two dimensions."
    ),
    "Loss": st.column_config.LineChartColumn(
        width=120, color="gray", help="Reconstruction + KL of the training images, nats."
    ),
    "Run": st.column_config.TextColumn(width="medium"),
    "Verdict": st.column_config.TextColumn(width="small", help="The first symptom found; choose the run for more."),
    **_NATS,
}


@in_words
def page() -> None:
    """The list, then the chosen run, then the upload."""
    st.title("Runs", anchor=False)
    visible = visible_runs.by_id()
    glances = {run_id: glance_of(run) for run_id, run in visible.items()}
    chosen = choose(visible, glances)
    if not chosen:
        st.info("Choose a run in the list to see its curves, open it in Explore or download it; several, to compare.")
    elif len(chosen) == 1:
        show(chosen[0], list(visible.values()))
    else:
        offer_comparison(chosen)
    upload()
    if not visible_runs.is_single_user():
        st.caption(
            "Listed are the shipped runs and those that this visit started, uploaded or came with the address of. "
            "A server for one person lists all: start it with `--server.address localhost` or VAE_SINGLE_USER=1."
        )
    if WAITING in glances.values():  # at the end, where it moves nothing when it goes: an open upload stays open
        redraw_with_glances(list(visible.values()))


def choose(visible: dict[str, runs.Run], glances: dict[str, run_previews.Glance | None]) -> list[runs.Run]:
    """A table with one row per run; the selected ones. What is not made yet comes later: the page does not wait."""
    titles, listed = run_text.titles(visible), list(visible)
    rows = [row(run, titles[run_id], glances[run_id]) for run_id, run in visible.items()]
    event: Any = st.dataframe(
        tables.with_minus(rows, dict.fromkeys(_NATS, ",.1f")),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": table_rows.first_rows("runs-table", listed)}},
        key=table_rows.widget_key("runs-table", listed),
        placeholder="–",
        row_height=64,
        column_config=COLUMNS,
    )
    return [visible[run_id] for run_id in table_rows.keep_rows("runs-table", listed, event)]


def offer_comparison(chosen: list[runs.Run]) -> None:
    """The way from several runs to Compare; what is not trained yet stays behind."""
    complete = [run.id for run in chosen if run.is_complete]
    if len(complete) < len(chosen):
        st.info("Only finished and stopped runs can be compared; choose others, or wait for these to end.")
    if len(complete) > 1:
        st.page_link(
            "compare.py", label=f"Compare these {len(complete)} runs", icon=":material/compare:",
            query_params={"compare": ",".join(complete)},
        )  # fmt: skip


def glance_of(run: runs.Run) -> run_previews.Glance | None:
    """Curve and verdict; `WAITING` while they are made, None for a run that still changes or is damaged."""
    try:
        status = visible_runs.status(run)
        return (run_previews.glance(run, status) or WAITING) if status.is_final else None
    except LatentStudioError:
        return None


@st.fragment(run_every=0.4)
def redraw_with_glances(listed: list[runs.Run]) -> None:
    """Draws the page anew when all are here."""
    if WAITING not in map(glance_of, listed):
        st.rerun()


def row(run: runs.Run, title: str, glance: run_previews.Glance | None) -> dict[str, Any]:
    """One run's line in the table; figures are of the held-out images."""
    held_out: runs.Figures | None = None
    run_state: str = visible_runs.status(run).state
    try:
        held_out = run.evaluation().held_out if run.is_complete else None
    except LatentStudioError:
        run_state = "damaged"
    has_bound = held_out and not run.config.is_deterministic  # an autoencoder encodes to points: it has none
    return {
        "Lattice": None if run_state == "damaged" else run_previews.lattice_address(run),
        "Run": title,
        "Verdict": glance.verdict if glance else None,
        "Loss": list(glance.curve) if glance else None,
        "State": run_text.STATES[run_state],
        "−ELBO": held_out.negative_elbo_nats if held_out and has_bound else None,
        "Reconstruction": held_out.reconstruction_nats if held_out else None,
        "KL": held_out.kl_nats if held_out and has_bound else None,
        "Active": f"{held_out.active_units} of {run.config.latent_dim}" if held_out else None,
        "Epochs": run.config.epochs,
        "Id": run.id,
    }


def show(run: runs.Run, visible: list[runs.Run]) -> None:
    """The chosen run: ways on, what it was asked to do, how it went, and whether it is healthy."""
    st.header(plain(run_text.run_title(run)), anchor=False)
    try:
        ways_on(run)
        status = visible_runs.status(run)
        if status.error:
            (st.error if status.state == "failed" else st.warning)(plain(status.error))
        reason = images.why_no_images(run)
        if reason and not images.can_download(run):
            st.caption(plain(reason))
        if parent := run_text.parent(run, visible):
            st.caption(parent)
        if run.is_complete:
            st.markdown(run_text.summary(run))
        curves(run)
        section.show(run, visible, theme())
    except LatentStudioError as error:
        st.error(plain(str(error)))
    with st.expander("Settings"):
        st.json(run.config.model_dump(mode="json"))


def ways_on(run: runs.Run) -> None:
    """Open it in Explore or on Train, or take it along."""
    explore, train, download, more = st.columns([2, 2, 2, 4])
    if not run.shipped:
        label = "Show on Train" if run.is_complete else "Watch on Train"
        train.page_link("train.py", label=label, icon=":material/monitoring:", query_params={"training": run.id})
    if not run.is_complete:
        with explore:
            if run_controls.offer_to_settle(run):
                st.switch_page("train.py")
        return
    with more:
        if extending.offer(run, visible_runs.status(run)):
            st.switch_page("train.py")
    explore.page_link("explore.py", label="Open in Explore", icon=":material/explore:", query_params={"run": run.id})
    download.download_button(
        "Download", lambda: archives.export_zip(run), f"{run.id}.zip", "application/zip", icon=":material/download:",
        help="The run directory as a .zip: settings, weights, metrics, embedding and a manifest with digests.",
    )  # fmt: skip


def theme() -> charts.Theme:
    """The visitor's."""
    return "dark" if st.context.theme.type == "dark" else "light"


def curves(run: runs.Run) -> None:
    """How reconstruction and KL went."""
    rows, _ = run.metrics()
    if not rows:
        st.info("No metrics yet.")
        return
    config = run.config
    settings = {"beta": config.beta, "learning_rate": config.learning_rate}
    drawn = charts.curves(rows, theme=theme(), is_deterministic=config.is_deterministic, settings=settings)
    st.plotly_chart(drawn, key=f"curves-{run.id}", config=charts.CONFIG)
    if run.is_complete and not config.is_deterministic:
        bars = charts.kl_per_dimension(run.evaluation().held_out.kl_per_dim_nats, theme=theme())
        st.plotly_chart(bars, key=f"kl-{run.id}", config=charts.CONFIG)


def upload() -> None:
    """Take in a .zip of a run directory; nothing in it is executed."""
    with st.expander("Upload a run"):
        given = st.file_uploader(
            "A .zip of a run directory", type="zip", help="As the Download button makes it, on this or another machine."
        )
        st.caption(IF_REFUSED)
        if given is not None:
            take_in(given.file_id, given.getvalue())


def take_in(upload_id: str, content: bytes) -> None:
    """Import an upload once, and say each time how that went."""
    run_id = state.remembered(upload_id)
    if run_id is None:
        try:
            run_id = archives.import_zip(content)
        except LatentStudioError as error:
            st.error(plain(str(error)))
            return
        state.remember(upload_id, run_id)
        state.hold(run_id)
        st.rerun()
    st.success(f"Run {run_id} is among your runs now: choose it in the list above.")


page()
