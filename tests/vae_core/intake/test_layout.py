"""Which class and which side of the split a picture's folders say, and what is litter."""

import pytest

from vae_core.intake.layout import classes_of, is_litter, places


def found(*names: str) -> list[tuple[str | None, str | None]]:
    return [(place.label, place.side) for place in places(names)]


def test_folders_are_classes_and_a_folder_around_all_of_them_says_nothing() -> None:
    assert found("pets/cats/1.png", "pets/dogs/1.png") == [("cats", None), ("dogs", None)]


def test_a_folder_of_pictures_alone_has_no_classes() -> None:
    assert found("1.png", "2.png") == [(None, None)] * 2
    assert found("photos/1.png", "photos/2.png") == [(None, None)] * 2


def test_folders_above_the_classes_say_the_side() -> None:
    names = ("set/train/a/1.png", "set/train/b/1.png", "set/val/a/2.png", "set/test/b/3.png")
    assert found(*names) == [("a", "train"), ("b", "train"), ("a", "held-out"), ("b", "held-out")]


def test_sides_without_classes_are_sides_alone() -> None:
    assert found("train/1.png", "test/2.png") == [(None, "train"), (None, "held-out")]


def test_a_class_missing_on_one_side_keeps_the_others_names() -> None:
    assert found("train/a/1.png", "train/b/1.png", "val/b/2.png")[-1] == ("b", "held-out")


def test_train_beside_other_folders_is_a_class_as_any_other() -> None:
    assert found("train/1.png", "plane/1.png") == [("train", None), ("plane", None)]


def test_what_lies_deeper_is_of_the_class_above_and_what_lies_beside_is_of_none() -> None:
    assert found("a/images/1.png", "b/2.png", "3.png") == [("a", None), ("b", None), ("", None)]


def test_classes_stand_in_the_order_in_which_people_count() -> None:
    assert classes_of(["b10", "B2", "b1", "10", "2", "b1"]) == ("2", "10", "b1", "B2", "b10")


@pytest.mark.parametrize(
    "name",
    [
        "a/.ipynb_checkpoints/1.png",
        "__MACOSX/a/._1.png",
        "a/._1.png",
        "a/Thumbs.db",
        "a/@eaDir/1.png",
        "Icon\r",
        ".directory",
    ],
)
def test_hidden_files_and_what_systems_leave_behind_are_litter(name: str) -> None:
    assert is_litter(name)
    assert not is_litter("a/1.png")
