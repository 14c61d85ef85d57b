"""The Health section of Runs: the verdict, what the metrics show, and what a closer look has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui.address import state
from pages.ui.draw import charts, health_charts
from pages.ui.draw.health_charts import Point
from pages.ui.health import factors
from pages.ui.server import run_health, visible_runs
from pages.ui.text import differences, run_text
from pages.ui.text.markdown import plain
from pages.ui.train import trying
from vae_core import runs
from vae_core.errors import LatentStudioError
from vae_core.health import wording
from vae_core.health.verdict import Verdict

POLL_S = 0.25
HELP = {
    "verdict": "The first thing found, from causes to consequences; each threshold stands in vae_core/health/. "
    "Active units: Burda et al. 2016 (arXiv 1509.00519). Collapse: Bowman et al. 2016 (arXiv 1511.06349).",
    "kl": "How much each latent dimension tells of an image, over the steps. A line that stays pale carries nothing: "
    "under 0.01 nats a dimension counts as collapsed. Kingma & Welling 2014 (arXiv 1312.6114), appendix B.",
    "rate": "Rate is what the code costs, distortion what the image loses. More β moves a run along a curve, left "
    "and up. Runs below the dotted line have a better −ELBO. Alemi et al. 2018 (arXiv 1711.00464).",
    "parts": "Mutual information: what z tells of which image it came from. Total correlation: how far the dimensions "
    "are from independent. Dimension-wise KL: how far each is from the prior. ± is the standard error of "
    "an estimate. M2's label has a KL of its own, which no dimension carries. Chen et al. 2018 (arXiv 1802.04942), "
    "with q(z) over all held-out images instead of a batch.",
    "holes": "Where all posteriors together have under a twentieth of the prior's density: samples from there resemble "
    "no image, and Explore's map shades the same places. Posteriors count as wide as they are; the lessons' shares are "
    "smoothed: there each reaches at least to its neighbours, since an autoencoder's points have no width. Rezende & "
    "Viola 2018 (arXiv 1810.00597); Aneja et al. 2021 (arXiv 2010.02917).",
    "probes": "How well a simple classifier, cross-validated on posterior means, names the class. Neighbours do better "
    "than the line where classes lie in islands that no line separates. Alain & Bengio 2016 (arXiv 1610.01644).",
    "anomalies": "−ELBO of held-out images against that of images the model was not made for. AUROC is the chance that "
    "a foreign image scores higher: 1 tells all apart, ½ none, and under ½ foreign images seem more probable than its "
    "own, which is known to happen. Nalisnick et al. 2019 (arXiv 1810.09136).",
}


def show(run: runs.Run, visible: Sequence[runs.Run], theme: charts.Theme) -> None:
    """The whole section. Raises LatentStudioError, whose sentence the page shows."""
    if run.imported:
        return
    status = visible_runs.status(run)
    st.subheader("Health", anchor=False, help=HELP["verdict"])
    tell(run, run_health.verdicts.of(run, status))
    rows, _ = run.metrics()
    if not run.config.is_deterministic and any(row.get("kl_per_dim_nats") for row in rows):
        chart("KL per dimension over the steps", "kl", health_charts.kl_over_steps(rows, theme=theme), run)
    if run.is_complete:
        if not run.config.is_deterministic:
            drawn = health_charts.rate_distortion(neighbours(run, visible), theme=theme)
            chart("Rate and distortion", "rate", drawn, run)
        closer_look(run, visible, theme)


def tell(run: runs.Run, verdict: Verdict) -> None:
    """The verdict in words, and a button for each run worth trying, which Train then shows."""
    icon = {"early": ":material/hourglass_top:", "healthy": ":material/check_circle:", "sick": ":material/error:"}
    say = {"early": st.info, "healthy": st.success, "sick": st.warning}[verdict.mood]
    say(f"**{verdict.title}.** {verdict.sentence} {verdict.meaning}", icon=icon[verdict.mood])
    for sentence in verdict.also:
        st.caption(sentence)
    with st.container(horizontal=True):
        for change in verdict.changes:
            if st.button(
                change.label,
                key=f"try-{run.id}-{change.label}",
                on_click=trying.try_change,
                args=(run.id, change.label),
                help="Starts another run, with this run's settings but for that, and shows it on Train.",
            ):
                st.switch_page("train.py")


def chart(title: str, topic: str, figure: Any, run: runs.Run) -> None:
    """A figure under its title, whose help says how to read it and where it comes from."""
    st.markdown(f"**{title}**", help=HELP[topic])
    st.plotly_chart(figure, key=f"health-{topic}-{run.id}", config=charts.CONFIG)


def neighbours(run: runs.Run, visible: Sequence[runs.Run]) -> list[Point]:
    """The complete runs that a run may be compared with: whose nats mean the same."""
    points = []
    for other in visible:
        reasons = differences.why_other_nats([other.config, run.config], [other.card, run.card])
        if other.config.is_deterministic or reasons or not other.is_complete:
            continue
        try:
            figures = other.evaluation().held_out
        except LatentStudioError:  # its own row in the list says so
            continue
        title = run_text.run_title(other)
        points.append(Point(title, figures.kl_nats, figures.reconstruction_nats, other.id == run.id))
    return points


@st.fragment
def closer_look(run: runs.Run, visible: Sequence[runs.Run], theme: charts.Theme) -> None:
    """What takes seconds and a process of its own: offered, on its way, or there."""
    chosen = factors.choose(run)
    wanted = run_health.LookedAt(run, chosen, factors.other_seeds(run, visible) if chosen else ())
    current = run_health.closer_look(wanted)
    if current:
        _watch(current)
        if not current.error:
            findings(run, current.result(), theme)
            return
        st.error(plain(str(current.error)))
    st.button(
        "Look closer",
        key=f"diagnose-{run.id}",
        icon=":material/labs:",
        on_click=_begin,
        args=(wanted,),
        help="Takes the KL apart, looks for holes in the prior, asks simple classifiers for the classes and each "
        "dimension for known factors, and shows the model foreign images. Some seconds, in a process of its own.",
    )


def _begin(wanted: run_health.LookedAt) -> None:
    """Callback: start a closer look."""
    try:
        run_health.start_closer_look(wanted)
    except LatentStudioError as error:
        state.note(str(error))


def _watch(current: run_health.CloserLook) -> None:
    """Show how far it is until it ends; it goes on if the visitor leaves."""
    if current.is_done:
        return
    bar = st.progress(0.0)
    while not current.wait(POLL_S):
        doing = current.doing or "waiting for another run's to end"
        bar.progress(current.share, f"Looking closer: {doing}")
    bar.empty()


def findings(run: runs.Run, found: Mapping[str, Any], theme: charts.Theme) -> None:
    """Everything a closer look has found, each with its sentence."""
    if found["kl"]:
        chart("What the KL is made of", "parts", health_charts.decomposition(found["kl"], theme=theme), run)
        st.caption(wording.kl_words(found["kl"], found["label_kl_nats"]))
    for topic, title, say in (
        ("holes", "Holes in the prior", wording.holes_words),
        ("probes", "Classes in latent space", wording.probes_words),
    ):
        if found[topic]:
            st.markdown(f"**{title}**", help=HELP[topic])
            st.markdown(say(found[topic]))
    if found.get("factors"):
        factors.show(run, found["factors"], theme)
    if found["anomalies"]:
        drawn = health_charts.anomaly_histograms(found["anomalies"], theme=theme)
        chart("Its own images and foreign ones", "anomalies", drawn, run)
    for note in found["notes"]:
        st.caption(plain(note))
