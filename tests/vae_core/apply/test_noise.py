"""Where there is nothing to find, a part says so: pure noise to repair, and labels that were dealt out at random."""

from pathlib import Path

import pytest

from tests.vae_core.apply import noise
from vae_core.apply.labelling import giving, m2


@pytest.mark.campaign
@pytest.mark.parametrize("part", noise.SETTINGS)
def test_noise_is_called_no_better_than_chance(part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five times each; `python -m tests.bench apply` has all twenty."""
    monkeypatch.setattr(giving, "COUNTS", {"10": "10 a class"})
    monkeypatch.setitem(m2.probabilities.__kwdefaults__, "steps", 20)  # type: ignore[index]
    assert noise.verdicts(part, 5, tmp_path) == ["chance"] * 5
