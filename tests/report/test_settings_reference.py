import inspect

import pytest
from conftest import ROOT

from dcase_classic.config.specs import option_types
from dcase_classic.model.parts import PARTS
from dcase_classic.report.settings_reference import option_meanings, settings_reference

KINDS = [(name, kind) for name, registry in PARTS.items() for kind in registry]


def test_the_page_of_settings_is_up_to_date():
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert page == settings_reference(), "dcase-classic config docs -o docs/settings.md"


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_every_option_of_every_part_is_explained_and_has_a_default(name, kind):
    part = PARTS[name][kind]
    assert set(option_meanings(part)) == set(option_types(part))
    parameters = inspect.signature(part).parameters.values()
    assert all(parameter.default is not parameter.empty for parameter in parameters)


def test_meanings_of_several_lines_and_names_are_read():
    class Part:
        """A part.

        Parameters
        ----------
        first, second : both
            mean the same.
        third : is different.

        Raises
        ------
        ValueError
            never : at all.
        """

    assert option_meanings(Part) == {
        "first": "both mean the same.",
        "second": "both mean the same.",
        "third": "is different.",
    }
    assert option_meanings(object()) != {"x": ""}
