"""The demo's HTML: what a browser lets it do, and that names in it are words and nothing else."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from pages.ui.demo import scripts
from pages.ui.demo.contents import Contents, contents
from pages.ui.demo.document import document, policy
from pages.ui.demo.packing import LETTERS, packed
from vae_core import runs

STRINGS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>",
    "--><img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'</style>",
    "</style><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "</template><script>alert(1)</script>",
    "<math><mtext><script>alert(1)</script>",
    "<object data=//evil.example>",
    "<form action=//evil.example><button>x",
    "${alert(1)} $title $$ $policy",
    "{{constructor.constructor('alert(1)')()}}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>alert(1)</script>\u2028\u2029\x00\x0b",
    "＜script＞alert(1)＜/script＞ \ud83d\ude00 `alert(1)`",
]


class Seen(HTMLParser):
    """Tags with their attributes' names in order, and the text of scripts that would run."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self._runs = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self._runs = tag == "script" and dict(attrs).get("type") is None
        self.scripts += [""] * self._runs

    def handle_data(self, data: str) -> None:
        if self._runs:
            self.scripts[-1] += data  # which comes in pieces
        else:
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._runs = self._runs and tag != "script"


@pytest.fixture(scope="module")
def found() -> Contents:
    return contents(runs.open_run("digits"))


def told(found: Contents, words: str) -> Contents:
    """The same, with these words wherever a person's words can stand."""
    data = found.facts["data"]
    handles = [{"name": words, "z": [0, 0]}]
    classes = [words] * len(data["classes"])
    return dataclasses.replace(
        found,
        facts={
            **found.facts,
            "data": {**data, "handles": handles, "classes": classes, "listedClasses": classes, "caution": words},
        },
    )


def test_words_are_words_whatever_they_look_like(found: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "plotly", lambda: "")
    found = dataclasses.replace(found, blobs={})
    usual = Seen(document(found, "title", "sentence"))
    assert len(STRINGS) == 30
    for words in STRINGS:
        seen = Seen(document(told(found, words), words, words))
        assert seen.tags == usual.tags, words
        assert seen.scripts == usual.scripts, words
        assert words.replace("\x00", "").strip() in "\n".join(seen.texts).replace("\x00", ""), words


def test_a_browser_lets_the_file_run_its_own_scripts_and_nothing_else(found: Contents) -> None:
    page = document(found, "title", "sentence")
    [told_policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.split(" ", 1) for rule in told_policy.split("; "))
    assert rules.pop("default-src") == rules.pop("connect-src") == "'none'"
    assert rules.pop("form-action") == rules.pop("base-uri") == "'none'"
    assert rules.pop("img-src") == "data: blob:"
    assert rules.pop("worker-src") == "blob:"
    assert rules.pop("style-src") == "'unsafe-inline'"
    hashes = rules.pop("script-src").split()
    assert rules == {}
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", each) for each in hashes)
    [loader] = Seen(page).scripts
    assert hashes[0] in policy(loader)
    assert not re.search(
        r"<[^>]+\s(src|href|srcset|action)\s*=", re.sub(r'<script type="text/plain".*?</script>', "", page)
    )


def test_a_packed_part_is_of_letters_that_mean_nothing_to_html() -> None:
    text = packed(bytes(range(256)) * 40)
    assert set(text) <= set(LETTERS)
    assert not set(LETTERS) & set('<&"\n\r\0')


def test_the_demo_of_the_shipped_digits_is_small(found: Contents) -> None:
    assert len(document(found, "title", "sentence").encode()) <= 3e6
