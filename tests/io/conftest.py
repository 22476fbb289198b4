"""What the tests of the cache share."""

import pytest
from mirrors import serving


@pytest.fixture
def clips(tmp_path):
    """Six files."""
    paths = [tmp_path / "data" / f"{number}.wav" for number in range(6)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number]) * 100)
    return paths


@pytest.fixture
def mirror():
    with serving() as mirror:
        yield mirror
