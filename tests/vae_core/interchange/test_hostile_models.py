"""Models that are made to do harm are refused in a sentence: nothing runs, nothing is read, nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vae_core.interchange import hostile_models
from vae_core.errors import ModelRefused
from vae_core.interchange.incoming import asking, process
from vae_core.runs import storage

NAMES = list(hostile_models.models(Path("canary")))


def test_there_are_enough_of_them() -> None:
    assert len(NAMES) >= 40


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canary") / "sang"


@pytest.fixture(scope="module")
def made(canary: Path) -> dict[str, hostile_models.Files]:
    return hostile_models.models(canary)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_refused_in_a_sentence(name: str, made: dict[str, hostile_models.Files], canary: Path) -> None:
    files = made[name]
    question = {
        "files": [[each, len(data)] for each, data in files.items()],
        "told": {},
        "images": None,
        "labels": False,
    }
    given = b"".join([json.dumps(question).encode(), b"\n", *files.values()])
    tensors, _ = storage.parse_tensors(process.answered(given), "the answer")
    answer = json.loads(tensors["answer"].tobytes())
    assert tensors.keys() == {"answer"}
    assert answer["refused"][0] != "<"
    assert len(answer["refused"]) < 400
    assert list(canary.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["a value that grows beyond memory", "a pickle in torch's archive"])
def test_and_so_it_is_by_the_process(name: str, made: dict[str, hostile_models.Files], canary: Path) -> None:
    with pytest.raises(ModelRefused):
        asking.propose(made[name], {})
    assert list(canary.parent.iterdir()) == []
