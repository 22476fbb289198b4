from pathlib import Path

import pytest

from dcase_classic.errors import ConfigError
from dcase_classic.run import OnError, Run


@pytest.mark.parametrize(
    ("options", "message"),
    [({"n_jobs": 0}, "n_jobs: got 0"), ({"on_error": "ignore"}, "on_error: got 'ignore'")],
)
def test_a_run_is_checked(options, message):
    with pytest.raises(ConfigError, match=message):
        Run(**options)


@pytest.mark.parametrize("by_default", [True, False])
def test_a_run_that_does_not_say_does_what_the_verb_does_by_itself(by_default):
    assert Run().stops(by_default=by_default) is by_default
    assert Run(on_error="fail").stops(by_default=by_default)
    assert not Run(on_error=OnError.SKIP).stops(by_default=by_default)


def test_the_cache_may_be_a_text_and_is_found_from_elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Run().cache_folder is None
    assert Run(cache="here").cache_folder == Run(cache=Path("here")).cache_folder
    assert Run(cache="here").cache_folder == tmp_path / "here"


def test_an_empty_key_is_refused(monkeypatch):
    monkeypatch.delenv("DCASE_CLASSIC_VERIFY_KEY", raising=False)
    assert Run().verify_key_file is None
    with pytest.raises(ConfigError, match="verify_key: got an empty path"):
        _ = Run(verify_key="").verify_key_file
    monkeypatch.setenv("DCASE_CLASSIC_VERIFY_KEY", "")
    with pytest.raises(ConfigError, match=r"\$DCASE_CLASSIC_VERIFY_KEY: got an empty path"):
        _ = Run().verify_key_file
    assert Run(verify_key="key").verify_key_file == Path("key").absolute()
