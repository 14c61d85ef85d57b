"""Numbers as people type and paste them, and numbers written so that nothing of them is lost."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_SPACES = "\u00a0\u2007\u2009\u202f"
"""No-break, figure, thin and narrow: they stand between thousands."""
_APOSTROPHES = "'\u2019\u02bc"
_PLAIN = {
    **dict.fromkeys(map(ord, _SPACES), " "),
    **dict.fromkeys(map(ord, _APOSTROPHES), "'"),
    **{0x2212: "-", 0xFF0B: "+", 0xFF0C: ",", 0xFF0D: "-", 0xFF0E: ".", 0x066B: ".", 0x066C: "'"},
}
"""Full-width signs and the Arabic ones, as well."""
_NUMBER = re.compile(r"([+-]?)(\d*(?:[ ',.]\d+)*)\.?((?:[eE][+-]?\d+)?)")
_GROUPS = re.compile(r"\d{1,3}(?:([ ',.])\d{3})(?:\1\d{3})*")
_EITHER = re.compile(r"[1-9]\d{0,2}[,.]\d{3}")


def read_number(text: str, *, is_whole: bool) -> int | float:
    """What a text means as a number: "0,001", "1 000,5", "1'000" and "1e-3" as well as "0.001".

    is_whole: the number is a count. Raises ValueError, with a sentence, for what is no number and for what can be read
    as two: "1,000" is a thousand to some and one to others, and so is a count of "1.000".
    """
    match = _NUMBER.fullmatch(_plain(text))
    if not match or not match[2]:
        raise ValueError("expected a number, such as 12, 0.001 or 1e-3")
    sign, digits, exponent = match.groups()
    if _EITHER.fullmatch(digits) and ("," in digits or is_whole):
        small, large = in_full(float(digits.replace(",", "."))), re.sub("[,.]", "", digits)
        raise ValueError(f"can be read as {small} and as {large}; type one of these")
    number = sign + _without_marks(digits) + exponent
    return int(number) if re.fullmatch(r"[+-]?\d+", number) else float(number)


def in_full(value: float) -> str:
    """A number in as few digits as give the same number when they are read again, without an exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def _plain(text: str) -> str:
    """With ASCII's digits, signs and spaces alone, as far as other scripts and keyboards have the same ones."""
    digits = {ord(each): str(unicodedata.decimal(each)) for each in text if each.isdecimal()}
    return text.strip().translate({**_PLAIN, **digits})


def _without_marks(digits: str) -> str:
    """Digits with marks between them as Python writes the number. Raises ValueError."""
    whole, point, fraction = _split(digits)
    if re.search("[ ',.]", fraction) or (re.search("[ ',.]", whole) and not _GROUPS.fullmatch(whole)):
        raise ValueError("has marks where none are expected; type it with a point alone, such as 1234.5")
    return re.sub("[ ',.]", "", whole) + ("." if point else "") + fraction


def _split(digits: str) -> tuple[str, str, str]:
    """What stands before the decimal mark, the mark, and what stands after it: the last point or comma is that mark,
    unless it comes again, for then it marks thousands.
    """
    marks = [mark for mark in ".," if digits.count(mark) == 1]
    last = max(marks, key=digits.rfind, default="")
    others = [digits.rfind(mark) for mark in ".," if mark != last]
    return digits.rpartition(last) if last and digits.rfind(last) > max(others) else (digits, "", "")
