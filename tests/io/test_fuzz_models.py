import fuzz_models
import pytest


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", ["manifest", "file", "model"])
def test_mutations_of_a_good_folder_are_refused_in_one_line_or_score(fitted, kind):
    target = fuzz_models.Target(kind, fitted)
    assert target.read(target.good)
    n_inputs, n_taken = fuzz_models.smoke(target, n_inputs=100)
    assert n_inputs == 100
    assert n_taken < 50
