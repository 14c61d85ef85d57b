"""Seven measures on codes that were made so that the answer is known: of dSprites' factors, drawn at random."""

from dataclasses import asdict
from functools import cache

import numpy as np
import pytest

from vae_core.errors import ConfigInvalid, DataRefused, ShapeMismatch
from vae_core.evaluation import factor_information as information
from vae_core.evaluation import factor_readers as readers
from vae_core.evaluation.disentanglement import Disentanglement, draw_in_outliers, measure_disentanglement
from vae_core.evaluation.factor_votes import factor_vae_accuracy

DSPRITES = (3, 6, 40, 32, 32)
"""Shape, size, angle, x, y."""
ROWS = 3_000


def draw(rows: int, sizes: tuple[int, ...] = DSPRITES, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(0, size, rows) for size in sizes])


def with_outlier(codes: np.ndarray) -> np.ndarray:
    moved = codes.astype(np.float64)
    moved[7] = 1e4
    return moved


def rotate(factors: np.ndarray) -> np.ndarray:
    """By an orthogonal matrix that leaves no axis near another."""
    turn = np.linalg.qr(np.random.default_rng(5).standard_normal((factors.shape[1],) * 2))[0]
    return (factors - factors.mean(axis=0)) / factors.std(axis=0) @ turn


@cache
def found(name: str) -> Disentanglement:
    factors = draw(ROWS)
    codes = {
        "copy": lambda: factors.astype(np.float32),
        "outlier": lambda: with_outlier(factors),
        "random": lambda: np.random.default_rng(2).standard_normal((ROWS, 5)),
        "rotated": lambda: rotate(factors),
    }
    return measure_disentanglement(codes[name](), factors)


def test_a_perfect_copy_of_the_factors_is_disentangled_by_every_measure() -> None:
    assert min(asdict(found("copy").ours).values()) >= 0.985  # so few rows leave SAP's second dimension some luck
    assert np.diag(found("copy").shares) == pytest.approx(1)


def test_one_outlier_changes_hardly_anything() -> None:
    assert min(asdict(found("outlier").ours).values()) >= 0.95


def test_a_random_code_is_not_disentangled_by_any_measure() -> None:
    assert max(asdict(found("random").ours).values()) <= 0.05


def test_a_rotated_code_keeps_what_can_be_read_and_loses_which_dimension_says_it() -> None:
    ours = found("rotated").ours
    assert min(ours.explicitness, ours.info_e) >= 0.99
    assert max(ours.mig, ours.sap, ours.dci_disentanglement, ours.dci_completeness) < 0.15
    assert max(ours.info_m, ours.info_c) < 0.6
    assert ours.factor_vae < 0.9


def test_mig_by_bins_of_equal_width_is_090_for_a_perfect_copy_and_nothing_with_one_outlier() -> None:
    factors = draw(10_000)
    for codes, expected in ((factors.astype(np.float64), 0.90), (with_outlier(factors), 0.00)):
        ordered = np.sort(information.told_by_equal_widths(codes, factors).shares, axis=1)
        assert (ordered[:, -1] - ordered[:, -2]).mean() == pytest.approx(expected, abs=0.01)


def test_a_perfect_copy_of_10000_rows_is_named_by_one_dimension_alone() -> None:
    factors = draw(10_000)
    for codes in (factors.astype(np.float64), with_outlier(factors)):
        alone = np.stack([readers.read_by_lookup(codes, factors[:, f], seed=0) for f in range(5)])
        ordered = np.sort(alone, axis=1)
        assert (ordered[:, -1] - ordered[:, -2]).mean() >= 0.99


def test_common_figures_stand_beside_ours() -> None:
    copy, outlier, random = found("copy").common, found("outlier").common, found("random").common
    assert copy.mig == pytest.approx(0.88, abs=0.01)
    assert outlier.mig == pytest.approx(0, abs=0.01)
    assert copy.sap < 0.35
    assert random.factor_vae == pytest.approx(1 / 5, abs=0.04)
    assert random.explicitness == pytest.approx(0.5, abs=0.1)
    assert random.modularity > 0.5


@pytest.mark.parametrize(("sizes", "expected"), [((2, 2, 2), 0.50), (DSPRITES, 0.22)])
def test_sap_by_a_linear_svm_is_050_for_a_perfect_copy_of_two_values_and_less_for_more(
    sizes: tuple[int, ...], expected: float
) -> None:
    factors = draw(40_000 if len(sizes) == 3 else 10_000, sizes)
    columns = range(len(sizes))
    alone = np.stack([readers.read_by_linear_svm(factors * 1.0, factors[:, f], seed=0) for f in columns])
    ordered = np.sort(alone, axis=1)
    assert (ordered[:, -1] - ordered[:, -2]).mean() == pytest.approx(expected, abs=0.01)


def test_the_linear_svm_is_the_one_that_scikit_learn_fits() -> None:
    from sklearn.svm import LinearSVC

    factors = draw(1_500, (2, 3, 6, 12))
    codes = factors + 0.5 * np.random.default_rng(3).standard_normal(factors.shape)
    rows = np.random.default_rng(0).permutation(1_500)
    for f in range(4):
        ours = readers.read_by_linear_svm(codes, factors[:, f], seed=0)
        for d in range(4):
            theirs = LinearSVC(C=0.01, class_weight="balanced", dual=False, tol=1e-8)
            theirs.fit(codes[rows[:1000], d : d + 1], factors[rows[:1000], f])
            assert ours[d] == pytest.approx(
                theirs.score(codes[rows[1000:], d : d + 1], factors[rows[1000:], f]), abs=0.01
            )


def test_information_from_neighbours_is_what_scikit_learn_estimates() -> None:
    from sklearn.feature_selection import mutual_info_classif

    factors = draw(1_000, (3, 12))
    rng = np.random.default_rng(4)
    codes = np.column_stack([factors, factors[:, 0] + 0.3 * rng.standard_normal(1_000), rng.standard_normal(1_000)])
    ours = information.told_by_neighbours(codes, factors, seed=0).shares
    for f in range(2):
        entropy = information.entropy(np.bincount(factors[:, f]))
        theirs = mutual_info_classif(codes, factors[:, f], discrete_features=False, n_neighbors=10, random_state=0)
        assert ours[f] == pytest.approx(theirs / entropy, abs=0.01)


def test_what_lies_between_is_told_in_shares_of_the_factors_entropy() -> None:
    factors = draw(4_000, (4, 5))
    halves = np.column_stack([factors[:, 0] // 2, factors[:, 1]]).astype(np.float64)  # one bit of two
    told = information.told_by_chance_corrected_bins(halves, factors).shares
    assert told == pytest.approx(np.array([[0.5, 0], [0, 1]]), abs=0.01)


def test_information_of_independent_pairs_is_corrected_to_nothing() -> None:
    codes = np.random.default_rng(6).standard_normal((1_000, 4))
    told = information.told_by_chance_corrected_bins(codes, draw(1_000))
    assert told.shares.max() < told.noise.max() < 0.1
    assert information.told_by_equal_widths(codes, draw(1_000)).shares.max() > 0.05


def test_a_copy_that_is_bent_or_scaled_is_as_good() -> None:
    factors = draw(2_000, (4, 10))
    codes = np.column_stack([np.exp(factors[:, 0] * 5.0), -1e-6 * factors[:, 1]])
    ours = measure_disentanglement(codes, factors).ours
    assert min(ours.mig, ours.sap, ours.dci_disentanglement, ours.modularity, ours.info_m, ours.info_c) >= 0.99


def test_dimensions_that_tell_nothing_do_not_count_against_modularity() -> None:
    factors = draw(2_000, (4, 10))
    noise = np.random.default_rng(8).standard_normal((2_000, 3))
    result = measure_disentanglement(np.column_stack([factors, noise, np.full(2_000, 7.0)]), factors)
    assert min(result.ours.modularity, result.ours.info_m, result.ours.info_c, result.ours.mig) >= 0.98
    assert result.constant_dimensions == (5,)
    assert not result.shares[:, 5].any()


def test_two_factors_in_one_dimension_are_neither_modular_nor_told_apart() -> None:
    factors = draw(2_000, (4, 4))
    ours = measure_disentanglement((factors[:, :1] * 4 + factors[:, 1:]).astype(np.float64), factors).ours
    assert ours.modularity == pytest.approx(0, abs=0.01)
    assert ours.info_m == pytest.approx(0, abs=0.01)
    assert ours.dci_disentanglement < 0.1
    assert ours.dci_informativeness >= 0.99


def test_continuous_factors_are_correlated_and_explained() -> None:
    rng = np.random.default_rng(9)
    factors = np.column_stack([rng.uniform(size=2_000), rng.integers(0, 3, 2_000)])
    ours = measure_disentanglement(with_outlier(factors), factors, ["continuous", "discrete"]).ours
    assert min(ours.sap, ours.info_e, ours.dci_disentanglement, ours.factor_vae) >= 0.95
    assert (
        measure_disentanglement(factors, factors).ours
        == measure_disentanglement(factors, factors, ["continuous", "discrete"]).ours
    )


def test_constant_factors_are_left_out_and_said() -> None:
    factors = np.column_stack([draw(500, (3, 4)), np.full(500, 6)])
    result = measure_disentanglement(factors.astype(np.float64), factors)
    assert result.constant_factors == (2,)
    assert result.shares.shape == (3, 3)
    assert min(asdict(result.ours).values()) >= 0.95


def test_a_code_that_never_varies_is_worth_nothing() -> None:
    result = measure_disentanglement(np.ones((500, 2)), draw(500, (3, 4)))
    assert set(asdict(result.ours).values()) == {0.0}
    assert np.isfinite(list(asdict(result.common).values())).all()


def test_one_factor_and_one_dimension_have_their_figures() -> None:
    factors = draw(200, (4,))
    assert min(asdict(measure_disentanglement(factors.astype(np.float64), factors).ours).values()) >= 0.98


def test_the_same_rows_and_seed_give_the_same_figures() -> None:
    factors = draw(200, (3, 4))
    codes = np.random.default_rng(1).standard_normal((200, 3))
    assert measure_disentanglement(codes, factors).ours == measure_disentanglement(codes, factors).ours


def test_a_value_that_occurs_once_is_no_obstacle() -> None:
    factors = draw(300, (3, 4))
    factors[5] = 9
    assert np.isfinite(list(asdict(measure_disentanglement(factors * 1.0, factors).ours).values())).all()


def test_ordinary_codes_are_not_moved_when_outliers_are_drawn_in() -> None:
    codes = np.random.default_rng(0).standard_normal((5_000, 3))
    assert np.array_equal(draw_in_outliers(codes), codes)
    assert np.abs(draw_in_outliers(with_outlier(codes))).max() < 9


def test_a_far_row_does_not_decide_which_dimension_varies_least() -> None:
    factors = draw(2_000, (4, 4))
    codes = factors + 0.1 * np.random.default_rng(0).standard_normal(factors.shape)
    codes[3, 0] = 1e6
    assert factor_vae_accuracy(draw_in_outliers(codes), factors, seed=0) > 0.99
    assert factor_vae_accuracy(codes, factors, seed=0) < 0.6


@pytest.mark.parametrize(
    ("codes", "factors", "kinds", "error", "words"),
    [
        (np.zeros((60, 2)), np.zeros((61, 2), int), None, ShapeMismatch, r"\(60, 2\) and \(61, 2\)"),
        (np.zeros(60), np.zeros((60, 2), int), None, ShapeMismatch, "as many rows"),
        (np.zeros((60, 0)), np.zeros((60, 2), int), None, ShapeMismatch, "as many rows"),
        (np.zeros((49, 2)), np.zeros((49, 2), int), None, DataRefused, "At least 50 rows"),
        (np.zeros((60, 2)), np.zeros((60, 2), int), None, DataRefused, "one value only"),
        (np.full((60, 2), np.nan), np.zeros((60, 2), int), None, DataRefused, "codes hold nan in row 0, column 0"),
        (np.zeros((60, 2)), np.full((60, 2), np.inf), None, DataRefused, "factors hold inf"),
        (np.zeros((60, 1)), np.arange(60)[:, None], None, DataRefused, "say that it is continuous"),
        (np.zeros((60, 1)), np.arange(60)[:, None], ["ordinal"], ConfigInvalid, "each discrete or continuous"),
        (np.zeros((60, 1)), np.arange(60)[:, None], [], ConfigInvalid, "1 kinds were expected"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(codes, factors, kinds, error, words) -> None:
    with pytest.raises(error, match=words):
        measure_disentanglement(codes, factors, kinds)
