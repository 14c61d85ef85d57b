"""β and the learning rate as functions of the step."""

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

from vae_core.config import parse_config
from vae_core.config.schedules import Pressure, pressure, rate


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 101])
def test_one_cycle_is_torchs_in_rate_and_in_momentum(steps: int) -> None:
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=0.01)
    reference = OneCycleLR(optimiser, max_lr=0.01, total_steps=steps) if steps > 3 else None
    for step in range(steps):
        mine = rate("one-cycle", step, steps)
        assert 0 < mine.share <= 1
        if reference:
            group = optimiser.param_groups[0]
            assert mine.share == pytest.approx(group["lr"] / 0.01, rel=1e-6)
            assert mine.momentum == pytest.approx(group["betas"][0], rel=1e-6)
            if step < steps - 1:
                reference.step()


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
def test_cosine_is_torchs_and_constant_stays() -> None:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = CosineAnnealingLR(optimiser, T_max=50)
    for step in range(50):
        assert rate("cosine", step, 50).share == pytest.approx(optimiser.param_groups[0]["lr"], abs=1e-9)
        reference.step()
        assert rate("constant", step, 50).share == 1.0


def betas(steps: int = 100, **changes: object) -> list[float]:
    config = parse_config({"beta": 2.0, **changes})
    return [pressure(config, 2.0, step, steps).beta for step in range(steps)]


def test_a_constant_beta_stays() -> None:
    assert set(betas()) == {2.0}


def test_warm_up_rises_from_0_in_a_straight_line_and_then_stays() -> None:
    found = betas(beta_schedule="warm-up", ramp_share=0.25)
    assert found[0] == 0.0
    assert found[5] == pytest.approx(2.0 * 5 / 25)
    assert set(found[25:]) == {2.0}


def test_cycles_start_again_from_0_and_each_reaches_the_whole_beta() -> None:
    found = betas(beta_schedule="cyclical", cycles=4, ramp_share=0.5)
    starts = [step for step, beta in enumerate(found) if beta == 0.0]
    assert starts == [0, 25, 50, 75]
    assert all(found[start + 13] == 2.0 for start in starts)


def test_capacity_rises_to_its_end_and_free_bits_stay_beside_the_whole_beta() -> None:
    config = parse_config({"beta_schedule": "capacity", "capacity_nats": 8.0, "ramp_share": 0.5})
    assert pressure(config, 3.0, 0, 100) == Pressure(3.0, capacity_nats=0.0)
    assert pressure(config, 3.0, 25, 100) == Pressure(3.0, capacity_nats=4.0)
    assert pressure(config, 3.0, 99, 100) == Pressure(3.0, capacity_nats=8.0)
    free = parse_config({"beta_schedule": "free-bits", "free_bits_nats": 0.5})
    assert pressure(free, 1.0, 7, 100) == Pressure(1.0, free_nats=0.5)
