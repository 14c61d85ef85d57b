"""Denoising and repair: how near a model brings damaged images to the true ones, beside filters and PCA."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np

from vae_core.apply.job import Job
from vae_core.apply.record import Figure, Made, Picture, Result, Role, Row, TakeAway
from vae_core.apply.repair import methods
from vae_core.apply.repair.damage import BRUSH, REGIONS, Damage, Mask, mask_from
from vae_core.apply.repair.methods import Repaired, repair
from vae_core.apply.sources import OWN
from vae_core.apply.standing import judge
from vae_core.apply.synthesis.sheets import sheet
from vae_core.data import registry
from vae_core.data.source import ImageShape, Pixels, Split
from vae_core.errors import ConfigInvalid
from vae_core.evaluation.anomaly import resized
from vae_core.interchange.exports import pictures, tables
from vae_core.model.networks import build_vae, load_weights

SHOWN = 8
"""Images in the picture."""
PSNR = Figure(
    "psnr_db", "PSNR", "Peak signal-to-noise ratio: 10 dB more are a tenth of the mean squared error. As "
    "scikit-image's peak_signal_noise_ratio.", ".2f", "dB",
)  # fmt: skip
SSIM = Figure(
    "ssim", "SSIM", "Structural similarity: 1 is the true image. Means, contrasts and shapes in windows of 7 × 7. As "
    "scikit-image's structural_similarity. Wang et al. 2004.",
)  # fmt: skip
ABOUT = {
    methods.ENCODER: "Encoded as it is, hidden pixels filled with the mean, and decoded.",
    methods.POSTERIOR: "Decoded from the z of greatest p(z | visible pixels), found by gradients from several starts.",
    methods.MEDIAN: "Each pixel's median with its neighbours.",
    methods.NON_LOCAL: "Each pixel's mean with those around which the image looks alike, by scikit-image. Buades 2005.",
    methods.PCA: "The mean given what is visible under probabilistic PCA, which knows noise, blur and hidden pixels.",
    methods.UNTOUCHED: "Nothing is done, but that hidden pixels are filled with the mean.",
    methods.ALONE: "A straight line for each pixel, which knows nothing of its neighbours: chance.",
}


def apply(job: Job) -> Made:
    """Settings: data, noise, blur, region, share, hidden, starts. Raises ConfigInvalid where nothing is damaged."""
    job.report(0.0, "reading images and model")
    model = build_vae(job.run.config, job.run.card)
    load_weights(model, job.run.weights())
    damage = damage_of(job.settings, job.run.card.image_shape)
    train = registry.images_of(job.run.card, "train", job.root)
    found = repair(model, train, _asked(job), damage, starts=job.count("starts"), report=job.report)
    job.report(0.98, "drawing")
    rows = _rows(found)
    others = [row for row in rows if row.method != methods.UNTOUCHED or not damage.hides]
    result = Result(
        part="denoising", title="Damaged images, given back", run=job.run.id, settings=job.settings,
        figures=(PSNR, SSIM), rows=tuple(rows), verdict=judge(others, PSNR), judged=PSNR.name,
        repeats=f"{found.folds} folds of {len(found.rows) // found.folds} held-out images, damaged anew in each",
        notes=tuple(_notes(found, others)),
        pictures=(
            Picture("repaired.png", f"From left to right: {', '.join(_columns(found))}", "Drawn ones are framed."),
        ),
        take_away=(
            TakeAway("cleaned.zip", "Each image as PNG: the true one, the damaged, and as each method gives it back."),
            TakeAway("cleaned.npz", "The same as arrays, uint8 (N, C, H, W), with the hidden region."),
            TakeAway("figures.csv", "PSNR and SSIM of each image by each method."),
            TakeAway("repaired.png", "The picture above."),
        ),
    )  # fmt: skip
    return Made(result, _files(found, damage, job.run.card.image_shape))


def damage_of(settings: Mapping[str, str], shape: ImageShape) -> Damage:
    """What the settings say of it, for images (C, H, W). Raises ConfigInvalid."""
    hidden: Mask | None
    if settings["region"] == BRUSH:
        hidden = mask_from(settings.get("hidden", ""), shape)
    else:
        hidden = REGIONS[settings["region"]](shape, float(settings["share"]))
    return Damage(float(settings["noise"]), float(settings["blur"]), hidden if hidden.any() else None)


def _asked(job: Job) -> Split:
    """The held-out images that are damaged."""
    name = job.settings["data"]
    if name == OWN:
        return registry.images_of(job.run.card, "held-out", job.root)
    if job.run.config.is_conditional:
        raise ConfigInvalid(
            "data: this model is told each image's class, which of another data set's images is none of its own; "
            f"choose {OWN}"
        )
    return Split(resized(registry.load(name, "held-out", job.root).images, job.run.card.image_shape[1:]), None)


def _rows(found: Repaired) -> list[Row]:
    groups: dict[Role, tuple[str, ...]] = {
        "ours": methods.OURS, "rival": methods.RIVALS, "chance": (methods.ALONE, methods.UNTOUCHED),
    }  # fmt: skip
    return [
        Row(
            name, role,
            {"psnr_db": found.by_fold(found.psnr_db[name]), "ssim": found.by_fold(found.ssim[name])}, ABOUT[name],
        )
        for role, names in groups.items() for name in names if name in found.psnr_db
    ]  # fmt: skip


def _notes(found: Repaired, rows: Sequence[Row]) -> list[str]:
    notes = [f"By SSIM: {judge(rows, SSIM).sentence}"]
    notes += [f"PCA has {found.components} components, and filters are set, as is best for training images."]
    for name in found.missing:
        notes += [f"{name} are left out: they need scikit-image (pip install scikit-image)."]
    return notes


def _columns(found: Repaired) -> dict[str, Pixels]:
    """What stands side by side, by its title."""
    return {"the true image": found.true, "what is seen": found.seen} | dict(found.found)


def _files(found: Repaired, damage: Damage, shape: ImageShape) -> dict[str, bytes]:
    columns = _columns(found)
    some = np.stack([images[:SHOWN] for images in columns.values()], axis=1)  # (n, M, C, H, W)
    is_drawn = [name in methods.OURS for name in columns] * len(some)
    figures = {"row": found.rows} | {
        f"{figure} {name}": values
        for figure, known in (("psnr_db", found.psnr_db), ("ssim", found.ssim))
        for name, values in known.items()
    }
    hidden = np.zeros(shape[1:], dtype=bool) if damage.hidden is None else damage.hidden
    arrays = {file_name(name): images for name, images in columns.items()} | {"hidden": hidden, "row": found.rows}
    return {
        "repaired.png": sheet(some.reshape(-1, *shape), len(columns), is_drawn),
        "figures.csv": tables.csv(figures),
        "cleaned.npz": tables.npz(arrays),
        "cleaned.zip": _zipped(columns, found.rows),
    }


def _zipped(columns: Mapping[str, Pixels], rows: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.intp]]) -> bytes:
    """A folder for each method, in it a PNG for each image, by its number in the split."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, images in columns.items():
            for row, image in zip(rows, images, strict=True):
                archive.writestr(f"{file_name(name)}/{row:06}.png", pictures.png(image.transpose(1, 2, 0)))
    return written.getvalue()


def file_name(title: str) -> str:
    """'VAE, by its encoder' as vae_by_its_encoder."""
    return "_".join(title.lower().replace(",", "").replace("-", " ").split())
