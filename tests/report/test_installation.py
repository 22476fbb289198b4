from dcase_classic import __version__
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.report.installation import choices_text, versions_text


def test_the_versions_name_this_package_first():
    first, libraries = versions_text().splitlines()
    assert first.startswith(f"dcase-classic {__version__}, Python 3.")
    assert "numpy" in libraries


def test_choices_have_a_line_for_each_kind_and_mark_the_default_preset():
    lines = dict(line.split(maxsplit=1) for line in choices_text().splitlines())
    assert lines["detectors"].split(", ") == list(DETECTORS)
    assert lines["presets"].count(" (default)") == 1
