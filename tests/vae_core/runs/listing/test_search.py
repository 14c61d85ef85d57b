"""Runs are found by words and by comparisons, and sorted by any setting or figure."""

from pathlib import Path
from typing import Any

import pytest

from vae_core.config import parse_config
from vae_core.errors import ConfigInvalid
from vae_core.runs.listing import found, ordered
from vae_core.runs.listing.index import Entry, Glance
from vae_core.runs.listing.marks import Marks


def entry(name: str, elbo: float | None = None, marks: Marks | None = None, **settings: Any) -> Entry:
    return Entry(
        name, Path(name), (0, 0), "finished", 10, 0.0, 0.0, str(settings.get("dataset", "digits")).upper(),
        parse_config(settings).model_dump(mode="json"), {} if elbo is None else {"negative_elbo_nats": elbo},
        marks=marks or Marks(), glance=Glance((), "Healthy") if elbo else None,
    )  # fmt: skip


RUNS = [
    entry("a", 20.0, dataset="mnist", hidden_sizes=(512, 256)),
    entry("b", 10.0, Marks(note="for the talk", tags=("demo", "two words")), objective="beta-vae", beta=4.0),
    entry("c", None, Marks(name="My best", is_pinned=True), latent_dim=10, learning_rate=0.0005),
]


def ids(entries: list[Entry]) -> str:
    return "".join(each.id for each in entries)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", "abc"), ("   ", "abc"), ("MNIST", "a"), ("talk", "b"), ("best my", "c"), ('"for the talk"', "b"),
        ('"the for"', ""), ("β-VAE", "b"), ("mnist talk", ""), ("latent_dim=2", "ab"), ("latent_dim!=2", "c"),
        ("beta>1", "b"), ("β >= 4", "b"), ("beta<=1 digits", "c"), ("elbo<15", "b"), ("−ELBO > 15", "a"),
        ("tag:demo", "b"), ("tag=words", ""), ('tag="two words"', "b"), ("hidden_sizes=512,256", "abc"),
        ("hidden_sizes=512-256 data=mnist", "a"), ("learning_rate=5e-4", "c"), ("pinned=yes", "c"),
        ("verdict:heal", "ab"), ("state=finished", "abc"), ('"', "abc"), ("note:talk", "b"), ("lr<0.001", "c"),
    ],
)  # fmt: skip
def test_a_search_means(text: str, meant: str) -> None:
    assert ids(found(RUNS, text)) == meant


@pytest.mark.parametrize(("text", "said"), [("beat>1", "'beat' is no setting or figure"), ("beta>much", "is none")])
def test_a_search_that_means_nothing_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigInvalid, match=said):
        found(RUNS, text)


def test_pinned_runs_come_first_and_what_has_no_value_comes_last() -> None:
    assert ids(ordered(RUNS)) == "cab"
    unpinned = [entry("c"), *RUNS[:2]]
    assert ids(ordered(unpinned)) == "cab"
    assert ids(ordered(unpinned, "elbo")) == "bac"
    assert ids(ordered(unpinned, "elbo", is_descending=True)) == "abc"
    assert ids(ordered(RUNS, "elbo")) == "cba"
    assert ids(ordered(unpinned, "dataset")) == "cba"
    assert ids(ordered(unpinned, "no such column")) == "cab"
