"""The lessons: which there are, in which languages, and each one's text with the places of its widgets.

A lesson is `pages/learn/<language>/<number>-<slug>.md`: its title, then Markdown with formulas in `$…$`, and lines of
three kinds: `::widget NAME::` where a widget stands, `::try NAME:: …` what to try on it, `::source:: …` where it all
comes from. The words on its widgets stand beside it in TOML, a table for each widget; those of the page in
`strings.toml`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "learn"
LANGUAGES = {"en": "English", "ru": "Русский", "fr": "Français", "zh": "中文"}
"""Each by its code, and as it calls itself."""

Strings = dict[str, dict[str, str]]
_DISPLAY = re.compile(r"^\$\$(.+)\$\$$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^::(widget|try|source) ?([a-z0-9-]*)::[ \t]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A piece of a lesson. kind: 'text', 'widget', 'try' or 'source'; widget: its name, "" for text and source."""

    kind: str
    widget: str
    markdown: str


@dataclass(frozen=True)
class Lesson:
    """One lesson in one language; number counts from 1 and is the same in all languages, as is the slug."""

    number: int
    slug: str
    title: str
    parts: tuple[Part, ...]

    @property
    def tries(self) -> frozenset[str]:
        """Names of the widgets on which there is something to try."""
        return frozenset(part.widget for part in self.parts if part.kind == "try")


def parse(number: int, slug: str, text: str) -> Lesson:
    """Read a lesson's text. Raises ValueError without a title or where a widget has no name."""
    title, _, body = text.partition("\n")
    if not title.startswith("# "):
        raise ValueError(f"lesson {number}-{slug} begins with {title[:40]!r}, expected '# ' and its title")
    parts: list[Part] = []
    end = 0
    for found in _DIRECTIVE.finditer(body):
        kind, widget, words = found.groups()
        if (kind == "source") == bool(widget):
            raise ValueError(f"lesson {number}-{slug}: {found[0]!r}, expected a widget's name unless for a source")
        parts += _text(body[end : found.start()])
        parts.append(Part(kind, widget, words))
        end = found.end()
    return Lesson(number, slug, title[2:].strip(), (*parts, *_text(body[end:])))


def _text(markdown: str) -> list[Part]:
    """Markdown between two widgets; a formula that stands alone on its line is set as a display."""
    displayed = _DISPLAY.sub(r"$$\n\1\n$$", markdown.strip())
    return [Part("text", "", displayed)] if displayed else []


@cache
def lessons(language: str) -> dict[int, Lesson]:
    """All lessons of a language in order of number, read once in a server's life."""
    found = {}
    for path in (FOLDER / language).glob("*.md"):
        number, _, slug = path.stem.partition("-")
        found[int(number)] = parse(int(number), slug, path.read_text(encoding="utf-8"))
    return dict(sorted(found.items()))


@cache
def strings(language: str) -> Strings:
    """The words on the page ('page') and on each widget (by its name) in a language, read once."""
    tables: Strings = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        tables |= tomllib.loads(path.read_text(encoding="utf-8"))
    return tables


def language_of(locale: str | None) -> str:
    """The lessons' language for a browser's locale ('fr-CA'); English if it is none of ours."""
    code = (locale or "").replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else "en"
