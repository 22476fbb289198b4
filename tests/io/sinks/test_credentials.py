import pytest

from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.credentials import read_secret


def test_a_secret_comes_from_the_environment_or_a_file(monkeypatch, tmp_path):
    assert read_secret("WORD") is None
    monkeypatch.setenv("DCASE_CLASSIC_WORD", "open sesame")
    assert read_secret("WORD") == "open sesame"
    monkeypatch.delenv("DCASE_CLASSIC_WORD")
    (tmp_path / "word").write_text("from a file\n")
    monkeypatch.setenv("DCASE_CLASSIC_WORD_FILE", str(tmp_path / "word"))
    assert read_secret("WORD") == "from a file"


def test_both_at_once_or_a_missing_file_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("DCASE_CLASSIC_WORD_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="no such file"):
        read_secret("WORD")
    monkeypatch.setenv("DCASE_CLASSIC_WORD", "x")
    with pytest.raises(ConfigError, match="both"):
        read_secret("WORD")
