"""What a page tells its script: the data that stands in it."""

import json
import re


def data_in(html):
    """The data of a page, from its text."""
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


def data_of(path):
    """The data of the page in a file."""
    return data_in(path.read_text("utf-8"))
