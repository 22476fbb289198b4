def test_a_list_of_training_clips_only_has_nothing_to_predict(run, fitted, tmp_path):
    (tmp_path / "list.csv").write_text("path,split\na.wav,train\n")
    status, _, err = run("predict", "--list", tmp_path / "list.csv", "--models", fitted)
    assert status == 2
    assert "list.csv: names no recording that is not for training; leave out the column" in err


def test_a_name_that_a_list_leaves_nothing_to_is_refused(run, sounds, tmp_path):
    path = next(sounds.rglob("*.wav"))
    (tmp_path / "list.csv").write_text(f"path,machine_type\n{path},pump\n")
    arguments = ("--list", tmp_path / "list.csv", "--name", "fan", "--models", tmp_path / "models")
    status, _, err = run("fit", *arguments)
    assert status == 2
    assert "--name would name nothing: the list tells the machine of every row" in err
