import csv
import json

import pytest

from dcase_classic.io.plain_text import to_csv, to_json


def test_numbers_are_read_back_exactly():
    values = [0.1 + 0.2, 1e-300, 3]
    assert json.loads(to_json(values)) == values
    (row,) = csv.reader(to_csv([values]).splitlines())
    assert [float(cell) for cell in row] == values


def test_what_is_not_there_is_null_in_json_and_empty_in_csv():
    assert to_json(None) == "null\n"
    assert to_csv([("a", "b", "c"), (1, None, 2)]) == "a,b,c\n1,,2\n"


def test_nan_is_refused_as_json_does_not_know_it():
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(float("nan"))
