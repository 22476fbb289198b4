import logging
import threading
from contextlib import ExitStack

from dcase_classic.log import LOGGER, collected_log, is_quiet, log_again, timing


def test_the_logger_says_nothing_by_itself_and_knows_when_even_notes_are_too_much():
    assert LOGGER.name == "dcase_classic"
    assert [type(handler) for handler in LOGGER.handlers] == [logging.NullHandler]
    assert not is_quiet()
    LOGGER.setLevel(logging.ERROR)
    try:
        assert is_quiet()
    finally:
        LOGGER.setLevel(logging.NOTSET)


def test_a_thread_collects_what_it_logs_and_no_other_does(caplog):
    with collected_log(logging.INFO) as records:
        LOGGER.info("read %s", "a.wav")
        LOGGER.debug("read %s", "b.wav")
        other = threading.Thread(target=LOGGER.info, args=("read c.wav",))
        other.start()
        other.join()
    assert LOGGER.level == logging.NOTSET
    assert [type(handler) for handler in LOGGER.handlers] == [logging.NullHandler]
    caplog.clear()
    log_again(records)
    assert caplog.messages == ["read a.wav"]


def test_threads_that_collect_at_once_leave_the_level_as_it_was():
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(collected_log(logging.WARNING))
        second.enter_context(collected_log(logging.WARNING))
        first.close()
        assert LOGGER.level == logging.WARNING
        second.close()
        assert LOGGER.level == logging.NOTSET


def test_what_took_how_long_is_logged(caplog):
    with caplog.at_level("INFO", logger=LOGGER.name), timing("%s: %d clips", "pump", 3):
        pass
    (message,) = caplog.messages
    assert message.startswith("pump: 3 clips took 0.")
