"""YAML of others as plain values: dict, list, str, int, float, bool and None, within bounds.

PyYAML parses; the values are made here, because its constructors end in all kinds of errors
(``2001-13-01``, ``!!int ''``, ``? []``). Dates stay text. Aliases are refused: a few lines of them
stand for more than any memory holds.
"""

from typing import Any

from dcase_classic.wording import counted

MAX_YAML_BYTES = 2**18  # PyYAML reads some 100 kB per second, and a meta file has 5
_MAX_DEPTH = 40
_MAX_DIGITS = 100
_TAGS = "tag:yaml.org,2002:"


def load_yaml(text: str) -> Any:
    """The value of the one document in the text; None where it is empty.

    Raises
    ------
    yaml.YAMLError
        If it is not YAML, has an alias, a key for the second time or one that is no scalar, or is
        nested too deeply.
    """
    import yaml  # an optional dependency

    try:
        loader: Any = yaml.SafeLoader(text)
        loader.get_event()  # the start of the stream
        if loader.check_event(yaml.StreamEndEvent):
            return None
        loader.get_event()  # the start of the document
        value = _value(loader, _MAX_DEPTH)
        loader.get_event()
        if not loader.check_event(yaml.StreamEndEvent):
            raise yaml.YAMLError("more than one document")
    except (ValueError, LookupError, OverflowError) as error:  # '\UFFFFFFFF', 0b, !!int ''
        raise yaml.YAMLError(f"a value that cannot be read ({error})") from error
    return value


def _value(loader: Any, depth: int) -> Any:
    """The value that begins with the next event of the parser."""
    import yaml

    event = loader.get_event()
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(loader, event)
    if isinstance(event, yaml.AliasEvent) or depth == 0:
        problem = "nested too deeply" if depth == 0 else "an alias (*), expected the value itself"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not loader.check_event(yaml.SequenceEndEvent):
            items.append(_value(loader, depth - 1))
        loader.get_event()
        return items
    return _mapping(loader, depth)


def _mapping(loader: Any, depth: int) -> dict[Any, Any]:
    import yaml

    block: dict[Any, Any] = {}
    while not loader.check_event(yaml.MappingEndEvent):
        mark = loader.peek_event().start_mark
        key = _value(loader, depth - 1)
        if isinstance(key, dict | list) or key in block:
            problem = "a key for the second time" if isinstance(key, str) else "not a key"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        block[key] = _value(loader, depth - 1)
    loader.get_event()
    return block


def _scalar(loader: Any, event: Any) -> Any:
    """Null, a truth value or a number where the text or its tag says so, else the text."""
    import yaml

    text: str = event.value
    tag = event.tag
    if tag in {None, "!"}:
        tag = loader.resolve(yaml.ScalarNode, text, event.implicit)
    kind = tag.removeprefix(_TAGS)
    if kind == "null":
        return None
    if kind == "bool":
        return loader.bool_values[text.lower()]
    if kind not in {"int", "float"}:
        return text
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {counted(len(text), 'digit')}")
    read = loader.construct_yaml_int if kind == "int" else loader.construct_yaml_float
    return read(yaml.ScalarNode(tag, text))
