import logging

from dcase_classic.log import LOGGER, is_quiet


def test_the_logger_says_nothing_by_itself_and_knows_when_even_notes_are_too_much():
    assert LOGGER.name == "dcase_classic"
    assert [type(handler) for handler in LOGGER.handlers] == [logging.NullHandler]
    assert not is_quiet()
    LOGGER.setLevel(logging.ERROR)
    try:
        assert is_quiet()
    finally:
        LOGGER.setLevel(logging.NOTSET)
