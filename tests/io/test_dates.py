import pytest

from dcase_classic.errors import ConfigError
from dcase_classic.io.dates import utc_now


def test_the_environment_may_tell_the_date(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert utc_now() == "1970-01-01T00:00:00Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert utc_now() > "2026"


@pytest.mark.parametrize("text", ["1e5", "-1", "253402300800", "9" * 5000, "x"])
def test_a_date_that_is_none_is_one_line_of_every_verb(run, monkeypatch, text):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(ConfigError, match="SOURCE_DATE_EPOCH: got"):
        utc_now()
    status, _, err = run("info")
    assert (status, len(err.splitlines())) == (2, 1)
