import shutil


def test_names_of_copies_cannot_break_a_line_or_turn_it(run, own_data, tmp_path):
    folder = own_data / "pump" / "train"
    clips = sorted(folder.iterdir())
    for number, name in enumerate(["a\nb.wav", "c\u202ed.wav", *map("{}.wav".format, range(5))]):
        shutil.copy(clips[number], folder / name)
    options = ("--name", "pump", "--models", tmp_path / "models", "--preset", "knn")
    status, _, err = run("fit", "--normal", folder, *options)
    assert status == 0, err
    assert all(line.isprintable() for line in err.splitlines())
    assert err.count("7 copies of other recordings are left out: ") == 1
    assert " of a\\nb.wav, " in err
    assert " and 2 more\n" in err
