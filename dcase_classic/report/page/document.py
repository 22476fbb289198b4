"""The file itself: a template with its style, its script and the results as JSON.

Nothing of the results is ever markup: they stand in a script element of data, in which ``<`` is
written as an escape, and the page's script sets them as text. The policy admits the one style and
the one script by their hashes, and pictures and sound as data; nothing can be loaded or sent.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any

from dcase_classic._version import __version__

_SCRIPTS = ("drawing.js", "recordings.js", "challenge.js", "page.js")  # one after the other

PageRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page shows: what it is, recordings, models, challenge, watch, as plain data."""

    title: str
    overview: str
    recordings: Sequence[PageRow] = ()
    models: Sequence[PageRow] = ()
    challenge: PageRow | None = None
    watch: PageRow | None = None

    @property
    def warnings(self) -> Sequence[str]:
        """What its results of the challenge lack."""
        return () if self.challenge is None else self.challenge["warnings"]


def page_html(page: Page) -> str:
    """The HTML of a page."""
    style, script = _asset("page.css"), "".join(['"use strict";\n', *map(_asset, _SCRIPTS)])
    sources = {
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data:",
        "media-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    policy = ["default-src 'none'", *(f"{kind} {source}" for kind, source in sources.items())]
    return Template(_asset("page.html")).substitute(
        title=html.escape(page.title),
        policy="; ".join(policy),
        style=style,
        script=script,
        version=__version__,
        data=_json(
            {
                "overview": page.overview,
                "recordings": list(page.recordings),
                "models": list(page.models),
                "challenge": page.challenge,
                "watch": page.watch,
            }
        ),
    )


def data_uri(content: bytes, media_type: str) -> str:
    """Content as an address that holds it."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _json(content: object) -> str:
    """JSON that ends no script element and starts none, whatever it holds."""
    text = json.dumps(content, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _asset(name: str) -> str:
    return (resources.files("dcase_classic.report.page") / name).read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
