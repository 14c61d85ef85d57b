"""What can be chosen is explained wherever people look for it."""

import re
from pathlib import Path

import pytest

from vae_core import config
from vae_core.config import likelihoods, options
from vae_core.data.registry import DATASETS

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
TABLES = {
    "objective": options.OBJECTIVES,
    "posterior": options.POSTERIORS,
    "likelihood": likelihoods.LIKELIHOODS,
    "schedule of β": options.BETA_SCHEDULES,
    "schedule of the learning rate": options.LEARNING_RATES,
}


def rows_of(title: str) -> dict[str, str]:
    """The README's table whose first column has that title: {name: the rest of its row}."""
    _, _, after = README.partition(f"\n| {title} |")
    lines = after.split("\n\n", 1)[0].splitlines()[2:]
    return {line.split("`")[1]: line.split("` |", 1)[1] for line in lines}


@pytest.mark.parametrize("title", TABLES)
def test_the_readme_lists_what_can_be_chosen_and_nothing_else(title: str) -> None:
    assert list(rows_of(title)) == list(TABLES[title])


@pytest.mark.parametrize("name", options.OBJECTIVES)
def test_the_readme_gives_each_objectives_title_and_source(name: str) -> None:
    objective, row = options.OBJECTIVES[name], rows_of("objective")[name]
    assert f"{objective.title}:" in row
    plain = row.replace("[", "").replace("]", "")
    for part in objective.source.replace("arXiv ", "").split(", "):
        assert part in plain


@pytest.mark.parametrize("name", ["objective", "posterior", "likelihood", "beta_schedule", "schedule"])
def test_each_choice_in_the_sidebar_has_its_sentence(name: str) -> None:
    setting, _ = config.settings()[name]
    assert config.choices(name) == tuple(setting.options)
    assert all(sentence.endswith(".") for sentence in setting.options.values())


def test_every_choice_reads_as_people_write_it_and_no_two_read_the_same() -> None:
    for name in config.settings():
        titles = [config.title_of(name, value) for value in config.choices(name)]
        assert len(set(titles)) == len(titles)
        assert all(title[0].isupper() or title[0] in "β0123456789" for title in titles if name != "precision")


def test_the_class_that_is_left_out_has_its_name_in_the_data_set_at_hand() -> None:
    clothes = DATASETS["fashion-mnist"].card
    assert config.title_of("left_out_class", "3", clothes) == "Dress"
    assert config.title_of("left_out_class", "none", clothes) == "None"


def test_the_browser_has_the_same_likelihoods() -> None:
    module = Path(__file__).parents[3] / "pages/ui/browser/maths/likelihoods.mjs"
    table = re.findall(r"PIXEL_NATS = \{\n(.*?)\n\};", module.read_text(encoding="utf-8"), re.DOTALL)[0]
    assert set(re.findall(r'^  "?([\w-]+)"?[:,]', table, re.MULTILINE)) == likelihoods.LIKELIHOODS.keys()
