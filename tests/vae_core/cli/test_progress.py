"""What the command line tells of a training while it goes on: a bar for a terminal, lines for a file."""

from __future__ import annotations

import sys
from io import StringIO

import pytest

from vae_core.cli.commands import Progress

STEPS = 5_000


class Terminal(StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


def told(monkeypatch: pytest.MonkeyPatch, stream: StringIO, *, first: int = 0) -> str:
    """What progress of so many steps, a row each, leaves on a stream."""
    monkeypatch.setattr(sys, "stderr", stream)
    progress = Progress()
    progress({"event": "begun", "step": first, "total_steps": STEPS})
    for step in range(first + 1, STEPS + 1):
        progress({"event": "row", "split": "train", "step": step, "reconstruction_nats": 25.25, "kl_nats": 6.5})
    progress.close()
    return stream.getvalue()


def test_into_a_file_go_twenty_lines_whatever_the_length(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = told(monkeypatch, StringIO()).splitlines()
    assert len(lines) == 20
    assert lines[0] == "step 250 of 5,000, reconstruction 25.25, KL 6.5 nats"
    assert lines[-1].startswith("step 5,000 of 5,000, ")


def test_a_run_that_goes_on_is_told_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(told(monkeypatch, StringIO(), first=4_500).splitlines()) == 2


def test_a_terminal_has_a_bar_that_is_drawn_over(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = told(monkeypatch, Terminal())
    assert "\r" in shown
    assert "5000/5000" in shown
