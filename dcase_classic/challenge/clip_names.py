"""What the name of a clip says, and the name again from what it says."""

from dataclasses import dataclass
from functools import lru_cache

from dcase_classic.challenge.years import CLIP_NAME_PATTERNS
from dcase_classic.records import Domain, Label, Split

NO_ATTRIBUTE = "noAttribute"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipName:
    """The parts of an official clip name without its extension.

    ``index`` is kept as it is written; its range differs from machine to machine and says nothing.
    ``attributes`` is free text (None where the name ends with the index): dots, doubled keys and a
    trailing underscore are in official names. ``is_by_id`` marks the ``id_NN`` of 2020.
    """

    section: str
    index: str
    domain: Domain | None = None
    split: Split | None = None
    label: Label | None = None
    attributes: str | None = None
    is_by_id: bool = False

    @property
    def stem(self) -> str:
        """The name again, to the letter."""
        if self.is_by_id:
            return "_".join(filter(None, (self.label, "id", self.section, self.index)))
        words = ("section", self.section, self.domain, self.split, self.label, self.index)
        tail = "" if self.attributes is None else f"_{self.attributes}"
        return "_".join(filter(None, words)) + tail

    @property
    def is_concealed(self) -> bool:
        """Whether the organisers took the attributes away (from 2024 on)."""
        return self.attributes == NO_ATTRIBUTE


@lru_cache(maxsize=1 << 15)  # a name is asked for three times on its way to a score
def parse_name(stem: str) -> ClipName | None:
    """The parts of a clip name without its extension; None if it is no official name.

    Examples
    --------
    >>> parse_name("section_03_source_test_anomaly_0000_volt_3.0").attributes
    'volt_3.0'
    >>> parse_name("recording 1") is None
    True
    """
    for pattern in CLIP_NAME_PATTERNS:
        match = pattern.fullmatch(stem)
        if match is not None:
            found = match.groupdict()
            return ClipName(
                section=found["section"],
                index=found["index"],
                domain=Domain(found["domain"]) if found.get("domain") else None,
                split=Split(found["split"]) if found.get("split") else None,
                label=Label(found["label"]) if found.get("label") else None,
                attributes=found.get("attributes"),
                is_by_id="section_" not in pattern.pattern,
            )
    return None
