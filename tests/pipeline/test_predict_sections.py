import numpy as np
import pytest
from conftest import machine_sound, write_wav

pytestmark = [pytest.mark.uncounted, pytest.mark.usefixtures("closed_soon")]


@pytest.mark.parametrize("asked", [(), ("--official-names",)], ids=["names", "official names"])
def test_a_name_of_another_section_than_the_models_is_told_where_names_are_official(
    run, tmp_path, asked
):
    rng = np.random.default_rng(0)
    for index in range(4):
        name = f"section_00_{('source', 'target')[index % 2]}_train_normal_{index:04d}.wav"
        write_wav(tmp_path / "own" / name, machine_sound(rng))
    own, models = tmp_path / "own", ("--models", tmp_path / "models")
    status, _, err = run("fit", "--normal", own, "--name", "p", *models, "--preset", "knn", *asked)
    assert status == 0, err
    for section in ("00", "07"):
        write_wav(tmp_path / "new" / f"section_{section}_source_test_0001.wav", machine_sound(rng))
    status, out, err = run("predict", tmp_path / "new", *models)
    assert status == 0, err
    said = "named section 07, scored by the model of section 00"
    assert [said in line for line in out.splitlines()[1:3]] == [False, bool(asked)]
    write_wav(tmp_path / "new" / "section_07_source_test_0002.wav", machine_sound(rng))
    status, _, err = run("watch", tmp_path / "new", *models, "--once", "--poll", "0.05")
    assert status in {0, 1}, err
    assert err.count(f"section_07_source_test_0001.wav: {said}") == bool(asked)
    assert err.count(said) == bool(asked)  # once for each section
