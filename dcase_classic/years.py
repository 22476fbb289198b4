"""Tables of what differs between DCASE years; no behaviour.

Source: the official file lists and readmes of DCASE Challenge Task 2, 2020-2026.
"""

import re

AUDIO_EXTENSIONS = (".wav", ".flac")

# A name is parsed only up to its index; the attribute tail is free text (dots, doubled keys).
CLIP_NAME_PATTERNS = (
    # labelled clips of 2021-2026: training, development test, renamed evaluation test
    re.compile(
        r"section_(?P<section>\d{2})_(?P<domain>source|target)_(?:(?P<split>train|test)_)?"
        r"(?P<label>normal|anomaly)_(?P<index>\d+)(?:_(?P<attributes>.*))?"
    ),
    # hidden evaluation test of 2021: the domain is known
    re.compile(r"section_(?P<section>\d{2})_(?P<domain>source|target)_test_(?P<index>\d+)"),
    # hidden evaluation test of 2022-2026
    re.compile(r"section_(?P<section>\d{2})_(?:test_)?(?P<index>\d+)"),
    # labelled clips of 2020
    re.compile(r"(?P<label>normal|anomaly)_id_(?P<section>\d{2})_(?P<index>\d{8})"),
    # hidden evaluation test of 2020
    re.compile(r"id_(?P<section>\d{2})_(?P<index>\d{8})"),
)
