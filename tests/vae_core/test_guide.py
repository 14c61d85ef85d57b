"""The guide's example of a new objective, followed to the letter in a copy of the core."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from vae_core.config import parse_config
from vae_core.config.schedules import Pressure
from vae_core.model import objectives
from vae_core.model.networks import build_vae

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def example() -> tuple[str, str]:
    """The guide's function, and its entry in the catalogue."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Add an objective")[1].split("\n## ")[0]
    function, entry = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return function, entry


def test_following_the_guide_gives_an_objective_that_the_command_line_trains(
    example: tuple[str, str], tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "vae_core", tmp_path / "vae_core", ignore=shutil.ignore_patterns("__pycache__"))
    function, entry = example
    with (tmp_path / "vae_core/model/objectives.py").open("a", encoding="utf-8") as file:
        file.write("\n\n" + function)
    catalogue = tmp_path / "vae_core/config/options.py"
    opening = "OBJECTIVES: dict[str, Objective] = {\n"
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace(opening, opening + entry), encoding="utf-8")
    settings = ["--objective", "jeffreys", "--hidden-sizes", "8", "--epochs", "1", "--threads", "1"]
    command = [sys.executable, "-m", "vae_core", "train", *settings, "--json", "--runs-dir", str(tmp_path / "runs")]
    done = subprocess.run(command, cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["state"] == "finished"
    assert result["test"]["kl_nats"] > 0


def test_the_guides_function_is_what_its_words_say(example: tuple[str, str]) -> None:
    names = dict(vars(objectives))
    exec(compile(example[0], "the guide", "exec", dont_inherit=False), names)
    model = build_vae(parse_config({"hidden_sizes": "16", "latent_dim": 3}))
    x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    q = model.encode(x)
    posterior, prior = Normal(q.mu, (0.5 * q.logvar).exp()), Normal(torch.zeros(5, 3), torch.ones(5, 3))
    both = 0.5 * (kl_divergence(posterior, prior) + kl_divergence(prior, posterior)).sum(1)
    terms = names["jeffreys"](model, objectives.Batch(x), Pressure(3.0), lambda *shape: torch.zeros(shape))
    torch.testing.assert_close(terms.loss, terms.reconstruction + 3 * both, rtol=1e-5, atol=1e-4)
