"""The command line of this package, as a list of words."""

import sys


def command_line(*words):
    return [sys.executable, "-m", "dcase_classic", *map(str, words)]
