"""Every official layout, as empty files of real names: nothing here is decoded."""

import os

import pytest
from writing import touch

from dcase_classic.challenge.which_year import guess_year
from dcase_classic.challenge.years import YEARS, Subset
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.dataset import by_section, find_clips
from dcase_classic.records import Label, Split
from dcase_classic.report.overview import overview_lines


def said(clips, year=None):
    guess = guess_year(clips, year)
    return overview_lines(clips, guess.years, guess.reason)


def labelled(section="00", domain="source", split="train", label="normal", tail="_vel_3"):
    return f"section_{section}_{domain}_{split}_{label}_0000{tail}.wav"


def write_part(root, year, part):
    """One training and one test clip for each machine and section of a year, as it names them."""
    for machine, sections in YEARS[year].machines[part].items():
        for section in sections:
            folder, is_dev = root / machine, part is Subset.DEV
            if year == 2020:
                touch(folder / "train", f"normal_id_{section}_00000000.wav")
                prefix = "anomaly_" if is_dev else ""
                touch(folder / "test", f"{prefix}id_{section}_00000001.wav")
                continue
            tail = "_noAttribute" if machine in YEARS[year].concealed else "_vel_3"
            tail = "" if year == 2021 else tail
            touch(folder / "train", labelled(section, tail=tail))
            touch(folder / "supplemental", f"section_{section}_machine_0001_.wav")
            if year == 2021:
                for domain in ("source", "target"):
                    hidden = f"section_{section}_{domain}_test_0000.wav"
                    name = labelled(section, domain, "test", tail="") if is_dev else hidden
                    touch(folder / f"{domain}_test", name)
            else:
                hidden = f"section_{section}_0000.wav"
                touch(folder / "test", labelled(section, split="test") if is_dev else hidden)


PARENTS = ["dev_data", "dcase20XXt2/dev_data/raw", "data/any/dev_data/raw", "."]


@pytest.mark.uncounted
@pytest.mark.parametrize("parent", PARENTS)
@pytest.mark.parametrize("part", Subset)
@pytest.mark.parametrize("year", YEARS)
def test_every_layout_of_every_year_is_read_and_its_year_found(tmp_path, year, part, parent):
    root = tmp_path / parent.replace("dev", part).replace("XX", str(year)[2:])
    write_part(root, year, part)
    clips = find_clips(tmp_path)
    expected = {(m, s) for m, sections in YEARS[year].machines[part].items() for s in sections}
    assert set(by_section(clips)) == expected
    assert {clip.split for clip in clips} == set(Split)
    assert not [clip for clip in clips if "machine" in clip.path.stem]
    assert guess_year(clips).years == (year,)


def test_the_repeated_names_of_machines_are_kept_apart(tmp_path):
    for machine in ("fan", "3DPrinter", "valve"):
        touch(tmp_path / machine / "test", "section_00_0000.wav")
    assert [clip.machine_type for clip in find_clips(tmp_path)] == ["3DPrinter", "fan", "valve"]


def test_clips_of_a_domain_folder_of_2021_know_their_domain(tmp_path):
    write_part(tmp_path, 2021, Subset.EVAL)
    clips = find_clips(tmp_path, split=Split.TEST, machines=["fan"])
    assert [(clip.path.parent.name, clip.domain) for clip in clips] == [
        (f"{domain}_test", domain) for _ in range(3) for domain in ("source", "target")
    ]


def test_renamed_clips_are_used_instead_of_the_hidden_ones_and_it_is_said(tmp_path):
    touch(tmp_path / "fan" / "test", "section_00_0000.wav")
    touch(tmp_path / "fan" / "test_rename", labelled(split="test", label="anomaly"))
    clips = find_clips(tmp_path)
    assert [clip.label for clip in clips] == [Label.ANOMALY]
    assert "fan: test_rename is used instead of test" in said(clips)


def test_one_split_folder_can_be_given(tmp_path):
    touch(tmp_path / "fan" / "test", "section_00_0000.wav")
    touch(tmp_path / "fan" / "train", labelled())
    assert [clip.name for clip in find_clips(tmp_path / "fan" / "test")] == ["section_00_0000.wav"]


def test_a_hand_made_folder_of_any_names_is_one_section(tmp_path):
    touch(tmp_path / "data" / "raw" / "press 4" / "train", "monday.wav", "tuesday.FLAC", "x.txt")
    touch(tmp_path / "data" / "raw" / "press 4" / "test", "friday.mp3")
    clips = find_clips(tmp_path)
    understood = [(clip.name, clip.section, clip.split, clip.label) for clip in clips]
    assert understood == [
        ("friday.mp3", "00", Split.TEST, None),
        ("monday.wav", "00", Split.TRAIN, Label.NORMAL),
        ("tuesday.FLAC", "00", Split.TRAIN, Label.NORMAL),
    ]
    year, own = said(clips)
    assert year == "year: none (these machines are of no DCASE year)"
    assert own == "press 4: no official names; one section, domains and labels unknown"


def test_one_odd_name_among_official_ones_is_refused(tmp_path):
    touch(tmp_path / "fan" / "train", labelled(), "section_0_source_train_normal_0001.wav")
    with pytest.raises(DataError, match="the name cannot be understood"):
        find_clips(tmp_path)


def test_zip_files_that_are_not_unpacked_are_named_with_the_next_step(tmp_path):
    touch(tmp_path / "dev_data", "dev_fan.zip", "dev_valve.zip")
    with pytest.raises(DataError, match=r"2 zip files such as dev_fan.zip .* unpack"):
        find_clips(tmp_path)


def test_mimii_is_split_by_a_rule_that_is_seeded_and_said(tmp_path):
    for section in ("00", "02"):
        folder = tmp_path / "6_dB_fan" / "fan" / f"id_{section}"
        touch(folder / "normal", *(f"{index:08d}.wav" for index in range(20)))
        touch(folder / "abnormal", *(f"{index:08d}.wav" for index in range(6)))
    clips = find_clips(tmp_path)
    with_id = [clip for clip in clips if clip.section == "02"]
    test = [clip for clip in with_id if clip.split is Split.TEST]
    assert sum(clip.label is Label.NORMAL for clip in test) == 6
    assert sum(clip.label is Label.ANOMALY for clip in test) == 6
    assert len(with_id) == 26
    assert len({clip.name for clip in clips}) == len(clips)
    assert "normal_id_02_00000003.wav" in {clip.name for clip in clips}
    assert clips == find_clips(tmp_path)
    year, rule = said(clips)
    assert year == "year: none (MIMII's own layout)"
    assert "drawn with seed 0" in rule


def test_a_mimii_folder_without_abnormal_clips_is_training_data(tmp_path):
    touch(tmp_path / "fan" / "id_00" / "normal", "00000000.wav", "00000001.wav")
    assert {clip.split for clip in find_clips(tmp_path)} == {Split.TRAIN}


def test_several_years_that_fit_are_all_named(tmp_path):
    touch(tmp_path / "fan" / "train", labelled(tail="_m-n_X"))
    clips = find_clips(tmp_path)
    assert len(guess_year(clips).years) != 1
    assert said(clips) == [
        "year: 2023 or 2024 or 2025 or 2026 (machines, sections and names; --year decides)"
    ]


def test_a_given_year_is_right(tmp_path):
    touch(tmp_path / "fan" / "train", labelled())
    assert said(find_clips(tmp_path), 2024) == ["year: 2024 (as asked for)"]


def test_a_folder_name_of_another_year_does_not_decide(tmp_path):
    touch(tmp_path / "dcase2023t2" / "AutoTrash" / "train", labelled(tail="_noAttribute"))
    assert guess_year(find_clips(tmp_path)).years == (2025,)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "years"),
    [
        ("dcase2023t2", (2023,)),
        ("seven_machines", (2023,)),
        ("valve_source", (2023, 2024, 2025)),
        ("mimii_8ch", ()),
    ],
)
def test_the_year_of_real_recordings_is_found(shared, folder, years):
    assert guess_year(find_clips(shared / "data" / folder)).years == years


def test_the_score_files_are_named_as_the_year_names_them(run, own_data, fitted, tmp_path):
    status, _, err = run(
        "score", own_data, "--models", fitted, "-o", tmp_path / "out", "--year", "2021"
    )
    assert status == 0
    assert "year: 2021 (as asked for)" in err
    names = {path.name for path in (tmp_path / "out" / "pump").iterdir()}
    assert "anomaly_score_pump_section_00_target_test.csv" in names


def test_without_a_year_the_files_are_named_as_in_2022_and_later(run, own_data, fitted, tmp_path):
    for path in sorted((own_data / "pump" / "test").iterdir()):
        path.rename(path.with_name(f"{path.stem.rpartition('_speed')[0]}.wav"))  # as in 2021
    options = ("--models", fitted, "-o", tmp_path / "out", "--machine", "pump")
    status, _, err = run("score", own_data, *options)
    assert status == 0, err
    assert sorted(path.name for path in (tmp_path / "out" / "pump").iterdir()) == [
        "anomaly_score_pump_section_00_test.csv",
        "decision_result_pump_section_00_test.csv",
    ]


def test_links_that_lead_back_up_are_not_followed(tmp_path):
    write_clip = tmp_path / "raw" / "fan" / "train" / "section_00_source_train_normal_0000.wav"
    write_clip.parent.mkdir(parents=True)
    write_clip.touch()
    for number in range(12):  # followed, they would be 12 ** 6 folders
        (tmp_path / "raw" / f"up{number}").symlink_to("..")
        (tmp_path / "raw" / f"here{number}").symlink_to(".")
    (tmp_path / "raw" / "loop").symlink_to("loop")
    assert [clip.path.name for clip in find_clips(tmp_path)] == [write_clip.name]


def test_a_link_to_a_machine_elsewhere_is_followed(tmp_path):
    name = "section_00_source_train_normal_0000.wav"
    (tmp_path / "store" / "x" / "train").mkdir(parents=True)
    (tmp_path / "store" / "x" / "train" / name).touch()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "fan").symlink_to(tmp_path / "store" / "x")
    assert [clip.machine_type for clip in find_clips(tmp_path / "raw")] == ["fan"]


@pytest.mark.uncounted
@pytest.mark.parametrize("n_files", [5_000, pytest.param(50_000, marks=pytest.mark.long)])
def test_very_many_files_are_listed(tmp_path, n_files):
    folder = tmp_path / "fan" / "train"
    folder.mkdir(parents=True)
    for number in range(n_files):
        os.close(os.open(folder / f"section_00_source_train_normal_{number:05d}.wav", os.O_CREAT))
    assert len(find_clips(tmp_path)) == n_files
