def test_a_list_of_training_clips_only_has_nothing_to_predict(run, fitted, tmp_path):
    (tmp_path / "list.csv").write_text("path,split\na.wav,train\n")
    status, _, err = run("predict", "--list", tmp_path / "list.csv", "--models", fitted)
    assert status == 2
    assert "list.csv: names no recording that is not for training; leave out the column" in err
