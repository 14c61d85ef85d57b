"""Numbers as people type them: read as meant or refused, never as another; and written so that nothing is lost."""

import pytest

from vae_core.config import in_full, parse_config
from vae_core.config.typed_numbers import read_number
from vae_core.errors import ConfigInvalid

SPACES = " \u00a0\u2009\u202f"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0.001", 0.001), ("0,001", 0.001), (" 1,5 ", 1.5), (",5", 0.5), ("5.", 5), ("1e-3", 0.001), ("1,5E-6", 1.5e-6),
        ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1.234.567", 1234567), ("1,234,567", 1234567), ("1.500", 1.5),
        ("1'000", 1000), ("1\u2019000,25", 1000.25), ("\u22123", -3), ("\uff10\uff0e\uff15", 0.5),
        ("\u0661\u066b\u0662", 1.2),
        *((f"12{space}500,5", 12500.5) for space in SPACES),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_meant(typed: str, meant: float) -> None:
    assert read_number(typed, is_whole=False) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "many",
        "nan",
        "inf",
        "1_000",
        "0x10",
        "10\u00b3",
        "10\u207b\u00b3",
        "\u00bd",
        "5%",
        "1 5",
        "1,2,3",
        "1.2.3",
        "1..5",
        "1'00",
        "--1",
    ],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"expected a number|marks where none"):
        read_number(typed, is_whole=False)


@pytest.mark.parametrize(("typed", "is_whole"), [("1,000", False), ("1,000", True), ("1.000", True), ("12,345", True)])
def test_what_can_be_read_as_two_numbers_is_refused_and_both_are_named(typed: str, *, is_whole: bool) -> None:
    with pytest.raises(ValueError, match=r"can be read as [0-9.]+ and as [0-9]+; type one of these"):
        read_number(typed, is_whole=is_whole)


@pytest.mark.parametrize("value", [1e-6, 0.00025, 2e-5, 1 / 3, 0.1, 1.0, 4.0, 10_000.0, 60_000])
def test_a_number_in_full_is_the_same_when_it_is_read_again(value: float) -> None:
    assert read_number(in_full(value), is_whole=False) == value
    assert "e" not in in_full(value)


def test_every_setting_that_is_a_number_reads_what_people_type() -> None:
    config = parse_config({"learning_rate": "0,001", "beta": "1\u202f000", "epochs": "1e2", "batch_size": " 64 "})
    assert (config.learning_rate, config.beta, config.epochs, config.batch_size) == (0.001, 1000.0, 100, 64)
    for name, typed in [("epochs", "1.000"), ("epochs", "12,5"), ("beta", "1,000"), ("hidden_sizes", "1,024, 512")]:
        with pytest.raises(ConfigInvalid, match=f"^{name}: .*; got .*, change it and try again$"):
            parse_config({name: typed})
