"""Anomalies: how surely images of one kind are found among normal ones, by the model's scores and by simple rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_core.apply import sources
from vae_core.apply.components import flat
from vae_core.apply.job import Job
from vae_core.apply.record import Figure, Made, Picture, Plot, Result, Row, Series, TakeAway
from vae_core.apply.standing import differences, interval, is_above_zero, judge
from vae_core.apply.unusual import model_scores
from vae_core.apply.unusual.complexity import compressed_nats
from vae_core.apply.unusual.rivals import rivals
from vae_core.data import registry
from vae_core.data.held_out_class import load_seen
from vae_core.data.source import Pixels
from vae_core.errors import ConfigInvalid
from vae_core.evaluation.anomaly import evenly, left_out_images
from vae_core.interchange.exports import pictures, tables
from vae_core.model.networks import VAE, build_vae, load_weights

Scores = npt.NDArray[np.float64]
Fold = npt.NDArray[np.intp]
MOST_IMAGES = 1000
"""Normal images that are scored, and as many of the others."""
MOST_LEARNT, MOST_LEARNT_PIXELS = 1500, 1_200_000
"""Normal training images, and pixels of them all, that a rival learns from, drawn anew for each fold."""
FITS, FOLDS = 5, 10
"""How often a rival learns anew, and into how many parts the scored images fall: of few anomalies, more parts tell more
of how much their figure scatters.
"""
SHOWN = 10
"""Images with the highest scores, as pictures."""
SIDE = 84
"""Pixels of each picture's side, at least, as it is shown."""
AUROC = Figure(
    "auroc", "AUROC", "The chance that an anomaly has a higher score than a normal image: 1 finds all, ½ is guessing, "
    "and below ½ anomalies pass for more usual than normal images. scikit-learn's roc_auc_score.",
)  # fmt: skip
PRECISION = Figure(
    "average_precision", "Average precision", "The mean share of anomalies among the highest scores, as ever more of "
    "these are looked at. scikit-learn's average_precision_score.",
)  # fmt: skip
ABOUT = {
    "Reconstruction": "−log p(x|z): how badly the image is drawn again.",
    "−ELBO": "Reconstruction + KL, the bound on −log p(x). Nalisnick et al. 2019 (arXiv 1810.09136) on where it fails.",
    "−log p(x)": "By importance sampling. Burda et al. 2016 (arXiv 1509.00519), section 5.",
    "Typicality": "How far −ELBO is from its median over normal training images, to either side: too probable is "
    "unusual, too. After Nalisnick et al. 2019 (arXiv 1906.02994).",
    "Complexity-corrected": "−log p(x) less the length of the image's compressed file: simple images are probable "
    "to any model. Serrà et al. 2020 (arXiv 1909.11480).",
    "Distance in latent space": "Of the posterior's mean to those of the five nearest normal training images.",
}


@dataclass(frozen=True)
class _Images:
    """learnt: normal images of the training split. scored: normal held-out ones, then the others, from `normal` on."""

    learnt: Pixels
    scored: Pixels
    normal: int
    title: str

    @property
    def is_foreign(self) -> npt.NDArray[np.bool_]:
        return np.arange(len(self.scored)) >= self.normal


def apply(job: Job) -> Made:
    """Settings: normal, outline, against, draws. Raises ConfigInvalid where too few images are left to compare."""
    job.report(0.0, "reading images and model")
    model = build_vae(job.run.config, job.run.card)
    load_weights(model, job.run.weights())
    images = _chosen(job, model)
    job.report(0.1, "scoring images with the model")
    ours = _model_scores(model, images, job)
    folds = _folds(images)
    theirs = _rival_scores(images, folds, job)
    job.report(0.95, "drawing the most unusual")
    rows = _rows(ours, theirs, images, folds, job.run.config.latent_dim)
    verdict = judge(rows, AUROC)
    best = max((row for row in rows if row.role == "ours"), key=lambda row: interval(row.figures["auroc"]).mean)
    result = Result(
        part="anomalies", title=f"{images.title} among normal images", run=job.run.id, settings=job.settings,
        figures=(AUROC, PRECISION), rows=tuple(rows), verdict=verdict, judged=AUROC.name,
        repeats=f"{FOLDS} folds of {len(images.scored):,} images, of which {images.normal:,} are normal",
        notes=tuple(_notes(rows)), plots=(_roc(ours | theirs, images),),
        pictures=(
            Picture("highest.png", f"The {SHOWN} most unusual by {best.method}", "The image, what the model "
                    "makes of it, and where the two differ, the more the brighter; the most unusual first."),
        ),
        take_away=(
            TakeAway("scores.csv", "Every image with all its scores, its fold, and whether it is normal."),
            TakeAway("highest.png", "The most unusual images with their error maps."),
        ),
    )  # fmt: skip
    files = {
        "highest.png": _highest(model, images.scored, ours[best.method]),
        "scores.csv": _table(images, folds, ours | theirs),
    }
    return Made(result, files)


def _chosen(job: Job, model: VAE) -> _Images:
    config, card = job.run.config, job.run.card
    kind, outline = job.settings["normal"], job.settings.get("outline", "")
    if kind == "selection" and not outline:
        raise ConfigInvalid(
            "normal: a selection needs an outline; draw one around points of the map, or choose another"
        )
    normal, other = {}, {}
    for split in ("train", "held-out"):
        data = load_seen(card, config.left_out_class, split, job.root)
        is_normal = np.ones(len(data.images), dtype=bool)
        if kind == "selection":
            is_normal = sources.inside(job.run, model_scores.latent_means(model, data.images), outline)
        elif kind != "all":
            assert data.labels is not None
            is_normal = data.labels == int(kind.removeprefix("class-"))
        normal[split], other[split] = data.images[is_normal], data.images[~is_normal]
    scored = evenly(normal["held-out"], MOST_IMAGES)
    title, foreign = _foreign(job, scored, other["held-out"]) if len(scored) else ("", scored)
    fewest = min(len(scored), len(foreign), len(normal["train"]))
    if fewest < 2 * FOLDS:
        raise ConfigInvalid(
            f"expected at least {2 * FOLDS} normal images to learn from, {2 * FOLDS} to score and as many others; "
            f"got {len(normal['train'])}, {len(scored)} and {len(foreign)}; choose another normal or against"
        )
    return _Images(normal["train"], np.concatenate([scored, foreign]), len(scored), title)


def _foreign(job: Job, scored: Pixels, other: Pixels) -> tuple[str, Pixels]:
    against = job.settings["against"]
    title = sources.foreign_kinds(job.run)[against]
    if against == sources.LEFT_OUT:
        return title, next(iter(left_out_images(job.run.config, job.run.card, job.root).values()))
    if against == sources.OTHERS:
        return title, evenly(other, MOST_IMAGES)
    generator = np.random.default_rng(0)
    if against == sources.SHUFFLED:
        return title, generator.permuted(scored.reshape(len(scored), -1), axis=1).reshape(scored.shape)
    if against == sources.NOISE:
        return title, generator.integers(0, 256, scored.shape, dtype=np.uint8)
    theirs = registry.load(against.removeprefix("data-"), "held-out", job.root).images
    return title, sources.resized(evenly(theirs, len(scored)), job.run.card.image_shape[1:])


def _model_scores(model: VAE, images: _Images, job: Job) -> dict[str, Scores]:
    learnt = evenly(images.learnt, MOST_IMAGES)
    codes, own = (model_scores.latent_means(model, each) for each in (images.scored, images.learnt[:20_000]))
    found = {"Reconstruction": model_scores.reconstruction(model, images.scored)}
    if not model.config.is_deterministic:
        elbo = model_scores.negative_elbo(model, images.scored)
        job.report(0.2, "estimating −log p(x)")
        nats = model_scores.negative_log_likelihood(model, images.scored, draws=job.count("draws"))
        median = float(np.median(model_scores.negative_elbo(model, learnt)))
        length = compressed_nats(images.scored, two_levels=model_scores.has_two_levels(model))
        found |= {
            "−ELBO": elbo,
            "−log p(x)": nats,
            "Typicality": np.abs(elbo - median),
            "Complexity-corrected": nats - length,
        }
    return found | {"Distance in latent space": model_scores.latent_distance(codes, own)}


def _folds(images: _Images, seed: int = 0) -> Fold:
    """Which fold each scored image is in, (N,): as many normal ones in each, and as many of the others."""
    generator, counts = np.random.default_rng(seed), (images.normal, len(images.scored) - images.normal)
    return np.concatenate([generator.permutation(np.arange(count) % FOLDS) for count in counts])


def _rival_scores(images: _Images, folds: Fold, job: Job) -> dict[str, Scores]:
    """Each time a rival learns from other normal training images, with another seed, and scores two of the folds."""
    known = rivals(job.run.config.latent_dim)
    found = {name: np.empty(len(images.scored)) for name in known}
    for fit in range(FITS):
        chosen = np.random.default_rng((fit, 1)).permutation(len(images.learnt))
        most = min(MOST_LEARNT, max(100, MOST_LEARNT_PIXELS // images.learnt[0].size))
        learnt = images.learnt[chosen[: min(most, max(2, int(0.8 * len(chosen))))]]
        rows = folds % FITS == fit
        for number, (name, (score, _)) in enumerate(known.items()):
            job.report(0.4 + 0.5 * (fit * len(known) + number) / (FITS * len(known)), f"asking {name}")
            found[name][rows] = score(flat(learnt), flat(images.scored[rows]), fit)
    return found


def _rows(
    ours: Mapping[str, Scores], theirs: Mapping[str, Scores], images: _Images, folds: Fold, latent_dim: int
) -> list[Row]:
    about = ABOUT | {name: each[1] for name, each in rivals(latent_dim).items()}
    share = [float(images.is_foreign[folds == fold].mean()) for fold in range(FOLDS)]
    chance = Row("guessing", "chance", {"auroc": (0.5,) * FOLDS, "average_precision": tuple(share)})
    found = [Row(name, "ours", measured(each, images.is_foreign, folds), about[name]) for name, each in ours.items()]
    found += [
        Row(name, "rival", measured(each, images.is_foreign, folds), about[name]) for name, each in theirs.items()
    ]
    return [*found, chance]


def measured(scores: Scores, is_foreign: npt.NDArray[np.bool_], folds: Fold) -> dict[str, tuple[float, ...]]:
    """AUROC and average precision of scores in each fold, as scikit-learn computes them. All (N,)."""
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415  1 s, for whoever asks

    chosen = [folds == fold for fold in range(FOLDS)]
    return {
        "auroc": tuple(float(roc_auc_score(is_foreign[rows], scores[rows])) for rows in chosen),
        "average_precision": tuple(float(average_precision_score(is_foreign[rows], scores[rows])) for rows in chosen),
    }


def _notes(rows: Sequence[Row]) -> list[str]:
    """Which of the model's scores are the wrong way round."""
    guessing = next(row for row in rows if row.role == "chance")
    turned = [
        row for row in rows if row.role == "ours" and is_above_zero(differences(guessing, row, AUROC), 1e-3 / len(rows))
    ]
    if not turned:
        return []
    names = ", ".join(f"{row.method} ({interval(row.figures['auroc']).mean:.3f})" for row in turned)
    return [
        f"The wrong way round: by {names} anomalies pass for more usual than normal images. That is known of models "
        "of densities, to which simple images are probable whatever they learnt from: Nalisnick et al. "
        "2019 (arXiv 1810.09136)."
    ]


def _roc(scores: Mapping[str, Scores], images: _Images) -> Plot:
    from sklearn.metrics import roc_curve  # noqa: PLC0415

    series = []
    for name, each in scores.items():
        false, true, _ = roc_curve(images.is_foreign, each)
        kept = np.unique(np.linspace(0, len(false) - 1, 120).round().astype(int))
        role = "ours" if name in ABOUT else "rival"
        series.append(Series(name, tuple(false[kept].tolist()), tuple(true[kept].tolist()), role))  # type: ignore[arg-type]
    return Plot(
        "ROC", "lines", tuple(series), "normal images taken for anomalies", "anomalies found",
        "What share of the anomalies is found, for each share of normal images that is taken for one.",
    )  # fmt: skip


def _table(images: _Images, folds: Fold, scores: Mapping[str, Scores]) -> bytes:
    kind = np.where(images.is_foreign, "other", "normal")
    return tables.csv({"image": np.arange(len(folds)), "kind": kind, "fold": folds, **scores})


def _highest(model: VAE, images: Pixels, scores: Scores) -> bytes:
    """Three rows: images, reconstructions, and error maps from black over the accent to white."""
    rows = np.argsort(-scores, kind="stable")[:SHOWN]
    chosen = images[rows]
    drawn = model_scores.decoded(model, chosen)
    errors = np.abs(chosen.astype(np.float32) - drawn).mean(axis=1, keepdims=True) / 255  # (N, 1, H, W)
    heat = np.concatenate([np.clip(3 * errors - low, 0, 1) for low in (0, 1, 2)], axis=1)  # (N, 3, H, W)
    shown = [np.repeat(each[:, :1], 3, axis=1) if each.shape[1] != 3 else each for each in (chosen, drawn)]
    stacked = np.concatenate([*shown, (heat * 255).round().astype(np.uint8)])
    scale = max(1, -(-SIDE // images.shape[2]))
    grid = pictures.tiled(stacked, len(chosen))
    return pictures.png(np.repeat(np.repeat(grid, scale, axis=0), scale, axis=1))
