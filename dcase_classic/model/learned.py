"""What a fitted scaling or detector keeps in a model: its class says it, one field an attribute.

A class states ``learned``: its fitted attributes (their names end with an underscore) and the
`plain.Field` of each. In shapes ``n_features`` is the number of columns before the scaling of a
fold, ``n_components`` that after it; other names are the class's own. It may state
``learned_problem(values, sizes)``: what is wrong with values that are right one by one, or None.
Kind and options are not kept, they stand in the settings; nor are the rows that folds share.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from dcase_classic.config.specs import Spec
from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.model.layout import Layout, attributes, restored


def layout_of(spec: Spec, unfitted: object, *, where: str) -> Layout:
    """How what ``unfitted`` learns is stored; ``spec`` has chosen it.

    Raises
    ------
    ConfigError
        If its class does not say what it learns; it names ``where``.
    """
    name = type(unfitted).__name__
    learned = getattr(unfitted, "learned", None)
    if not isinstance(learned, Mapping):
        raise ConfigError(
            f"{where}: {spec.kind}: the class {name} does not state what it has learned, so that "
            "no model can hold it",
            advice=f"give it a mapping {name}.learned from each fitted attribute to its field; "
            "see dcase_classic.model.learned",
        )
    problem = getattr(unfitted, "learned_problem", lambda _values, _sizes: None)
    make = restored(unfitted)
    return Layout(kind=spec.kind, make=make, fields=learned, read=_complete, disagree=problem)


def _complete(fitted: object, names: Iterable[str]) -> dict[str, Any]:
    """The attributes of those names, if nothing is left out that was fitted."""
    fitted_names = {name for name in vars(fitted) if name.endswith("_") and name[0] != "_"}
    if fitted_names != set(names):
        name = type(fitted).__name__
        raise ArtifactError(
            f"{name}.learned names {', '.join(names) or 'nothing'}, and fit has set "
            f"{', '.join(sorted(fitted_names)) or 'nothing'}",
            advice="name every attribute that fit sets",
        )
    return attributes(fitted, names)
