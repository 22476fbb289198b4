import pytest
from watching import write_recordings


@pytest.fixture
def folder(tmp_path):
    """Ten recordings in their order, the seventh with a fault."""
    return write_recordings(tmp_path / "in")


@pytest.fixture
def said():
    """What a watch has said."""
    return []
