import shutil

import pytest
from conftest import with_few_folds

from dcase_classic.config import load_preset, preset_names
from dcase_classic.pipeline.fit import fit
from dcase_classic.pipeline.predict import predict

pytestmark = pytest.mark.uncounted


@pytest.mark.parametrize("preset", preset_names())
def test_a_clip_scores_the_same_bits_alone_in_any_order_and_under_any_name_of_its_machine(
    preset, own_data, tmp_path
):
    shutil.rmtree(own_data / "fan")
    shutil.copytree(own_data / "pump", own_data / "another name")
    models = tmp_path / "models"
    fit(own_data, models, with_few_folds(load_preset(preset)))
    clips = sorted((own_data / "pump" / "test").iterdir())[::2]

    def scores(recordings, machine_type="pump"):
        predicted = predict(recordings, models, machine_type=machine_type)
        return [row.anomaly_score for row in predicted]

    together = scores(clips)
    assert len(set(together)) == len(clips)
    assert scores(clips[::-1]) == together[::-1]
    assert [scores([clip])[0] for clip in clips] == together
    assert scores(clips, "another name") == together
