import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.challenge.clip_names import ClipName, parse_name
from dcase_classic.io.recordings.dataset import find_clips
from dcase_classic.records import Domain, Label, Split

S, T, TRAIN, TEST = Domain.SOURCE, Domain.TARGET, Split.TRAIN, Split.TEST
NORMAL, ANOMALY = Label.NORMAL, Label.ANOMALY

# every real name of lists, readmes and clones: section, domain, split, label, index, tail
REAL = {
    "section_00_source_train_normal_0000_m-n_X": ("00", S, TRAIN, NORMAL, "0000", "m-n_X"),
    "section_00_target_test_anomaly_0012_id_C1_spd_2_mic_2":
        ("00", T, TEST, ANOMALY, "0012", "id_C1_spd_2_mic_2"),
    "section_04_source_test_anomaly_0100_vel_8_loc_D":
        ("04", S, TEST, ANOMALY, "0100", "vel_8_loc_D"),
    "section_03_source_test_anomaly_0000_volt_3.0": ("03", S, TEST, ANOMALY, "0000", "volt_3.0"),
    "section_00_source_test_normal_0233_mic_imp34dt05_mic_pos_A_grind_100_bkg_A":
        ("00", S, TEST, NORMAL, "0233", "mic_imp34dt05_mic_pos_A_grind_100_bkg_A"),
    "section_05_source_test_normal_0004_car_F2_spd_9_mic_1_noise_6":
        ("05", S, TEST, NORMAL, "0004", "car_F2_spd_9_mic_1_noise_6"),
    "section_00_source_normal_0035_weight15_BckgF":
        ("00", S, None, NORMAL, "0035", "weight15_BckgF"),
    "section_00_source_train_normal_0000_spd1000_BckgA":
        ("00", S, TRAIN, NORMAL, "0000", "spd1000_BckgA"),
    "section_00_target_test_anomaly_0001_mdl_B_spd_2":
        ("00", T, TEST, ANOMALY, "0001", "mdl_B_spd_2"),
    "section_00_source_test_anomaly_0001_pro_A_wt_200_damage1":
        ("00", S, TEST, ANOMALY, "0001", "pro_A_wt_200_damage1"),
    "section_00_source_test_anomaly_0001_ac_0.03_": ("00", S, TEST, ANOMALY, "0001", "ac_0.03_"),
    "section_00_target_test_normal_0049_pro_y": ("00", T, TEST, NORMAL, "0049", "pro_y"),
    "section_00_source_test_anomaly_0000_car_B1_spd_3_mic_2_mic_1":
        ("00", S, TEST, ANOMALY, "0000", "car_B1_spd_3_mic_2_mic_1"),
    "section_00_source_train_normal_0000_noAttribute":
        ("00", S, TRAIN, NORMAL, "0000", "noAttribute"),
    "section_05_source_test_normal_0100": ("05", S, TEST, NORMAL, "0100", None),
    "section_03_source_test_0000": ("03", S, TEST, None, "0000", None),
    "section_03_0000": ("03", None, None, None, "0000", None),
    "section_03_test_0000": ("03", None, TEST, None, "0000", None),
    "section_00_2012": ("00", None, None, None, "2012", None),
    "normal_id_01_00000098": ("01", None, None, NORMAL, "00000098", None),
    "anomaly_id_06_00000001": ("06", None, None, ANOMALY, "00000001", None),
    "id_01_00000000": ("01", None, None, None, "00000000", None),
}  # fmt: skip


@pytest.mark.parametrize(("stem", "parts"), REAL.items(), ids=REAL)
def test_every_real_name_is_understood_and_comes_back_to_the_letter(stem, parts):
    name = parse_name(stem)
    understood = (name.section, name.domain, name.split, name.label, name.index, name.attributes)
    assert understood == parts
    assert name.stem == stem


@pytest.mark.uncounted
@pytest.mark.parametrize("extension", [".wav", ".WAV", ".flac", ""])
@pytest.mark.parametrize("folder", ["", "fan/test/", "fan\\test\\"])
@pytest.mark.parametrize("stem", REAL)
def test_folder_and_extension_change_nothing(stem, folder, extension):
    assert parse_name(folder + stem + extension) == parse_name(stem)


@pytest.mark.parametrize(
    "stem",
    [
        "section_00_machine_0001_",
        "section_00_machine_source_0000_noAttribute",
        "section_00_noise_0001",
        "recording 1",
        "section_0_0000",
        "Section_00_0000",
        "id_01_0000",
        "",
    ],
)
def test_supplemental_and_other_names_are_no_clip_names(stem):
    assert parse_name(stem) is None


digits = st.text("0123456789", min_size=1, max_size=5)
tails = st.none() | st.text("abcXYZ019._- ", max_size=30)


@given(
    section=st.integers(0, 99),
    index=digits,
    domain=st.sampled_from(Domain),
    split=st.none() | st.sampled_from(Split),
    label=st.sampled_from(Label),
    attributes=tails,
)
def test_a_name_survives_the_way_to_its_parts_and_back(
    section, index, domain, split, label, attributes
):
    name = ClipName(
        section=f"{section:02d}",
        index=index,
        domain=domain,
        split=split,
        label=label,
        attributes=attributes,
    )
    assert parse_name(name.stem) == name


@given(index=st.integers(0, 10**8 - 1), label=st.none() | st.sampled_from(Label))
def test_a_name_of_2020_survives_the_way_to_its_parts_and_back(index, label):
    name = ClipName(section="04", index=f"{index:08d}", label=label, is_by_id=True)
    assert parse_name(name.stem) == name


@pytest.mark.shared
def test_all_real_recordings_of_2023_are_understood(shared):
    clips = find_clips(shared / "data" / "seven_machines")
    assert len(clips) == 28
    machines = {clip.machine_type for clip in clips}
    assert machines == {"ToyCar", "ToyTrain", "bearing", "fan", "gearbox", "slider", "valve"}
    for clip, root in itertools.product(clips, [shared / "data" / "seven_machines" / "dev_data"]):
        name = parse_name(clip.path.stem)
        assert (name.split, name.label, name.domain) == (clip.split, clip.label, clip.domain)
        assert name.attributes == clip.attributes != ""
        path = root / clip.machine_type / clip.split / f"{name.stem}.wav"
        assert path == root.resolve() / clip.path.relative_to(root.resolve())
