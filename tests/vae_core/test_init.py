"""The package's door: every public name behind it, and nothing loaded before it is asked for."""

import subprocess
import sys

import pytest

import vae_core


def test_importing_the_package_loads_none_of_its_modules_and_no_torch() -> None:
    code = (
        "import sys, vae_core; print([name for name in sys.modules if name.startswith('vae_core.') or name == 'torch'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", vae_core.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(vae_core, name)
    assert value.__doc__
    assert name in dir(vae_core)


def test_a_name_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(AttributeError, match=r"'vae_core' has no attribute 'GAN'; its public names are DATASETS, VAE"):
        _ = vae_core.GAN
