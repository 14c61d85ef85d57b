"""The runs that ship: each with its card, and with the weights that shipped with version 0.1.0."""

import hashlib

import pytest

from vae_core import runs
from vae_core.cli.pretraining import CONFIGS, KEPT
from vae_core.data.registry import DATASETS
from vae_core.runs.records import STATUS
from vae_core.runs.storage import MANIFEST

WEIGHTS = {
    "mnist": "97db410c292a3d31717e386eefa6ae02f696579ba7b047c8e3e70daf6eb971db",
    "digits": "c50677df3cefa5a21ea0c2c8e425d4001204af5cfbe54c24885042a1608839aa",
    "lesson-autoencoder": "648e27ccdca50ee022f39c84cb6ff60a01409b2b5a6ca47a9effb36021c6db16",
    "lesson-beta-0": "8cea61377756965a68d6dcf596fa0117e0a13983bffa0f5eed3e8d4d44e134e3",
    "lesson-beta-0.25": "bcd3aa852e3a08f428021c801212c385b4ed93a569ecc8eaad676477cf029c39",
    "lesson-beta-1": "35f02fcf5106cd08a7c294df5b00e491ea064e6c1a372d28e5de020f11d981f0",
    "lesson-beta-2": "7151f55647b197b63c13616b68538bdc29a67b64e05a20faa24c3fb22747976c",
    "lesson-beta-4": "f76900275dc77274a76bdfa236c9005ead7e12f24dd30bbe83fe9d9a0da2db8d",
    "lesson-beta-10": "5148475809c95d0b30a3b1c24196514264f49e3fc5960a460a847e8ff3259473",
    "lesson-beta-40": "21079ded5ab39d978e950b9981f3148628c4b8973f717b6e79f7a1caa841e372",
}
"""SHA-256 of each model.safetensors, as version 0.1.0 has it."""


def test_each_run_that_ships_is_among_these() -> None:
    assert WEIGHTS.keys() == {*runs.SHIPPED, *runs.LESSONS} == CONFIGS.keys()


@pytest.mark.parametrize("name", WEIGHTS)
def test_it_has_its_weights_of_0_1_0_and_the_card_of_its_data_set(name: str) -> None:
    run = runs.open_run(name)
    assert hashlib.sha256((run.directory / "model.safetensors").read_bytes()).hexdigest() == WEIGHTS[name]
    assert {path.name for path in run.directory.iterdir()} == KEPT | {STATUS, MANIFEST}
    assert run.config == CONFIGS[name]
    assert run.card == DATASETS[run.config.dataset].card
