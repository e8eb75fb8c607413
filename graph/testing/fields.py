"""Whether what a test writes into a dataclass' fields can mean anything: a word that nobody knows tests nothing."""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Mapping


def nearest(word: object, options: tuple[str, ...] | list[str]) -> str:
    """Say which of the options a wrong word may have meant, or all of them."""
    near = get_close_matches(str(word), options)
    return f"did you mean {_listed(near)}?" if near else f"there are {_listed(options)}"


def check_word(name: str, word: object, words: tuple[str, ...]) -> None:
    """Refuse a word that is none of those that a field takes.

    Raises:
        ValueError: It is none of them.
    """
    if word not in words:
        msg = f"{name} cannot be {word!r}; {nearest(word, words)}"
        raise ValueError(msg)


def check_names(kind: type, changes: Mapping[str, Any]) -> None:
    """Refuse fields that a dataclass does not have.

    Raises:
        TypeError: It has no field of this name.
    """
    names = [field.name for field in fields(kind)]
    for name in changes:
        if name not in names:
            msg = f"{kind.__name__} has no {name!r}; {nearest(name, names)}"
            raise TypeError(msg)


def check_values(instance: Any) -> None:
    """Refuse values that a dataclass' fields do not take, by their annotations: words, switches, numbers and texts.

    Raises:
        ValueError: A field has another value than its type allows.
    """
    kind: Any = type(instance)
    for name, hint in _hints(kind).items():
        value = getattr(instance, name)
        if not _fits(value, hint):
            msg = f"{kind.__name__}.{name} cannot be {value!r}; {_meant(value, hint)}"
            raise ValueError(msg)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value in inner
    if origin in (Union, UnionType):
        return any(_fits(value, option) for option in inner)
    if origin is tuple and isinstance(value, tuple) and inner[-1] is Ellipsis:
        return all(_fits(part, inner[0]) for part in value)
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint in (bool, Any)
    kind = origin or hint
    return not isinstance(kind, type) or isinstance(value, (int, float) if kind is float else kind)


def _meant(value: Any, hint: Any) -> str:
    words = _words(hint)
    if not words:
        return f"it is {getattr(hint, '__name__', hint)}"
    wrong = value
    if isinstance(value, tuple):
        wrong = next((part for part in value if part not in words), value)
    return nearest(wrong, words)


def _words(hint: Any) -> list[str]:
    """The words that a type allows, wherever in it they stand."""
    if get_origin(hint) is Literal:
        return [str(word) for word in get_args(hint)]
    found = [word for option in get_args(hint) for word in _words(option)]
    return [*found, "None"] if found and NoneType in get_args(hint) else found


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(repr(word) if word != "None" else word for word in words)
