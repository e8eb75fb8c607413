"""MiniMax M3: an element for each argument, named after it, and elements within for objects and lists.

Before every tag stands `]<]minimax[>[` (vLLM 0.32.0 `parser/minimax_m3.py`, SGLang 0.5.23 `minimax_m3.py`), so tags in
a value are text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from graph.endpoint.recovery.coercion import child_schema, container_of, type_text
from graph.endpoint.recovery.convention import Match, Site, give_up, nothing_follows
from graph.endpoint.recovery.source import (
    MalformedError,
    Source,
    Steps,
    cut_off,
    ends_within,
    find,
    match_one,
    peek,
    skip_space,
)
from graph.endpoint.recovery.values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "]<]minimax[>["
INVOKE = f"{MARK}<invoke name="
_MAX_TAG = 200
_INVOKE_NAME = re.compile(r"""["']?([^"'<>\n]+)["']?""")
_HALF_NAME = re.compile(r"""["']?[\w.\-]*["']?\s*""")

_Element: TypeAlias = "str | list[tuple[str, _Element]]"
"""The text of an element, or the elements within it with their names."""


def parse_invoke(site: Site, at: int) -> Steps[Match | None]:
    """Read on from `<invoke name=`: the name, the elements, the closing tag."""
    source = site.source
    name: str | None = None
    try:
        if (yield from peek(source, at)) == "":
            return nothing_follows(site)
        header, at = yield from _read_tag(source, at)
        found = _INVOKE_NAME.fullmatch(header.strip())
        if found is None:
            return None
        name = found.group(1).strip()
        written: list[tuple[str, _Element]] = []
        while True:
            at = yield from skip_space(source, at)
            tag, at = yield from _read_marked_tag(source, at)
            if tag == "/invoke":
                break
            value, at = yield from _read_element(source, at, tag, 1)
            written.append((tag, value))
    except MalformedError as error:
        if not error.cut_off and site.tools.resolve(name or "") is None:
            return None
        if name is None and not _HALF_NAME.fullmatch(source.text, at):
            return None
        return (yield from give_up(site, site.start, error, name, (f"{MARK}</invoke>",)))
    bound = site.tools.resolve(name)
    root: Mapping[str, Any] = site.tools.schema(bound) if bound else {}
    arguments = _object(written, root, root)
    call = site.tools.call(name, arguments, source.text[site.start : at], site.convention)
    return Match(at, (call,))


def _read_marked_tag(source: Source, at: int) -> Steps[tuple[str, int]]:
    """What stands in the tag that begins here, and the position after it."""
    if (yield from match_one(source, at, (MARK,))) is None:
        if (yield from peek(source, at)) == "" or ends_within(source, at, (MARK,)):
            raise cut_off(at)
        msg = "something stands between the arguments"
        raise MalformedError(msg, at)
    at = yield from skip_space(source, at + len(MARK))
    char = yield from peek(source, at)
    if char == "":
        raise cut_off(at)
    if char != "<":
        msg = "no tag stands behind the mark"
        raise MalformedError(msg, at)
    return (yield from _read_tag(source, at + 1))


def _read_tag(source: Source, at: int) -> Steps[tuple[str, int]]:
    while True:
        end = source.text.find(">", at, at + _MAX_TAG)
        if end > at:
            return source.text[at:end], end + 1
        if end == at or len(source.text) - at >= _MAX_TAG:
            msg = "a tag is not complete"
            raise MalformedError(msg, at)
        if source.closed:
            raise cut_off(len(source.text))
        yield


def _read_element(source: Source, at: int, name: str, depth: int) -> Steps[tuple[_Element, int]]:
    """Read up to the closing tag of an element."""
    if depth > MAX_DEPTH:
        msg = f"elements are nested more than {MAX_DEPTH} deep"
        raise MalformedError(msg, at)
    text = ""
    children: list[tuple[str, _Element]] = []
    while True:
        found = yield from find(source, at, (MARK,))
        if found is None:
            raise cut_off(len(source.text))
        text += source.text[at : found[0]]
        tag, after = yield from _read_marked_tag(source, found[0])
        if tag == f"/{name}":
            break
        if tag.startswith("/"):
            msg = f"<{name}> is closed by <{tag}>"
            raise MalformedError(msg, found[0])
        value, at = yield from _read_element(source, after, tag, depth + 1)
        children.append((tag, value))
    if children and text.strip():
        msg = f"<{name}> holds text and elements"
        raise MalformedError(msg, after)
    return children or text, after


def _value(element: _Element, schema: Any, root: Mapping[str, Any]) -> Any:
    kind = container_of(schema, root)
    if isinstance(element, str):
        if kind and not element.strip():
            return [] if kind == "array" else {}
        return type_text(element, schema, root)
    if kind == "array":
        return [_value(child, child_schema(schema, root, None), root) for _, child in element]
    return _object(element, schema, root)


def _object(elements: list[tuple[str, _Element]], schema: Any, root: Mapping[str, Any]) -> dict[str, Any]:
    """An object; what is given several times is a list."""
    values: dict[str, list[Any]] = {}
    for name, element in elements:
        values.setdefault(name, []).append(_value(element, child_schema(schema, root, name), root))
    return {name: given[0] if len(given) == 1 else given for name, given in values.items()}
