"""Few labels drawn again and again, what each learner makes of them, and how often it is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vae_core.apply.labelling.features import LATENT, Seen
from vae_core.apply.labelling.learners import LEARNERS, M2, Classes, Known, Lesson
from vae_core.errors import ConfigInvalid

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Draw:
    """Rows of the pool whose label is told, (L,), and rows tested, (n,): another part of them in each draw."""

    known: Known
    tested: Known


def drawn(labels: Classes, tested: int, count: int, repeats: int, *, seed: int = 0) -> list[Draw]:
    """So many labels of each class of a pool (N,), or all where there are fewer; of a seed, few are among the more.

    Raises ConfigInvalid for fewer tested images than draws, or fewer than two classes.
    """
    classes = np.unique(labels)
    if len(classes) < 2 or tested < repeats:
        raise ConfigInvalid(
            f"labels of two classes and {repeats} images to test by are needed; there are {len(classes)} and {tested}; "
            "take more data"
        )
    found = []
    for repeat, rows in enumerate(_parts(tested, repeats, seed)):
        order = np.random.default_rng((seed, repeat)).permutation(len(labels))
        of_class = [order[labels[order] == each][:count] for each in classes]
        found.append(Draw(np.concatenate(of_class), rows))
    return found


def given(known: Known, labels: Classes, tested: int, repeats: int, *, seed: int = 0) -> list[Draw]:
    """Of labels that somebody gave (rows known (L,) of the pool, and their labels), four fifths in each draw.

    Raises ConfigInvalid for fewer than two classes, or fewer tested images than draws.
    """
    if len(np.unique(labels)) < 2 or tested < repeats:
        raise ConfigInvalid(
            f"labels: expected images of two classes or more, and {repeats} others to test by; got "
            f"{len(np.unique(labels))} and {tested}; draw an outline for each class, and leave images outside"
        )
    found = []
    for repeat, rows in enumerate(_parts(tested, repeats, seed)):
        order = np.random.default_rng((seed, repeat)).permutation(len(known))
        of_class = [order[labels[order] == each] for each in np.unique(labels)]
        kept = np.concatenate([each[: max(1, round(0.8 * len(each)))] for each in of_class])
        found.append(Draw(known[kept], rows))
    return found


def accuracies(  # noqa: PLR0913
    seen: Seen, draws: Sequence[Draw], labels: Classes, truth: Classes, *, learner: str, kind: str, seed: int = 0
) -> tuple[float, ...]:
    """The share of each draw's tested images that a learner gives their true class, by a kind of features.

    labels: of the pool, (N,), of which only those of known rows are looked at; truth: of the tested, (n,).
    """
    classes = int(max(labels.max(), truth.max())) + 1
    found = []
    for repeat, draw in enumerate(draws):
        asked = seen.tested[kind][draw.tested]
        lesson = Lesson(seen.pool[kind], draw.known, labels[draw.known], classes, seed + repeat)
        shares = LEARNERS[learner](lesson, asked)
        found.append(float((shares.argmax(axis=1) == truth[draw.tested]).mean()))
    return tuple(found)


def most_frequent(draws: Sequence[Draw], truth: Classes) -> tuple[float, ...]:
    """How often whoever always says the most frequent class is right: chance."""
    usual = int(np.bincount(truth).argmax())
    return tuple(float((truth[draw.tested] == usual).mean()) for draw in draws)


def is_tried(learner: str, kind: str, *, is_judged: bool) -> bool:
    """M2 takes a training for each draw: away from latent space only at the number of labels that is judged."""
    return learner != M2 or is_judged or kind == LATENT


def _parts(count: int, parts: int, seed: int) -> list[Known]:
    return [np.sort(each) for each in np.array_split(np.random.default_rng(seed).permutation(count), parts)]
