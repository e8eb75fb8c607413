"""A test that writes down what no endpoint has is told so where it is written, with the words that there are."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from wire_client import ask

from graph.testing import PROVIDERS, Behaviour, Call, EmulatedEndpoint, Fault, Limits, Reply, Wire

WRONG: list[tuple[str, Any, str]] = [
    ("index", "nonsense", "there are 'ordinal', 'absent', 'null', 'shared'"),
    ("finish", "never", "there are 'own-chunk', 'with-last-piece'"),
    ("arguments", "obj", "did you mean 'object'"),
    ("usage", "sometimes", "there are 'asked', 'always'"),
    ("next_name", "repeat", "did you mean 'repeated'"),
    ("next_id", "newest", "did you mean 'new'"),
    ("call_id", "uniqe", "did you mean 'unique'"),
    ("forced_call_content", "nul", "did you mean 'null'"),
    ("done", "no", "it is bool"),
    ("chunk_size", True, "it is int"),
    ("http_chunk", "7", "it is int | None"),
    ("comments", ": keep-alive", "it is tuple"),
    ("delta_nulls", ("role", 1), "it is tuple"),
]


@pytest.mark.parametrize(("quirk", "value", "hint"), WRONG)
def test_a_quirk_with_a_value_that_it_does_not_take(quirk: str, value: Any, hint: str) -> None:
    for written in (lambda: EmulatedEndpoint("openai", wire={quirk: value}), lambda: Reply("3", wire={quirk: value})):
        with pytest.raises(ValueError, match=quirk) as caught:
            written()
        assert str(caught.value).startswith(f"Wire.{quirk} cannot be {value!r}; {hint}")


def test_every_word_of_a_quirk_is_checked() -> None:
    words = [name for name, hint in get_type_hints(Wire).items() if get_origin(hint) is Literal]
    assert len(words) > 10
    for name in words:
        with pytest.raises(ValueError, match=f"Wire.{name} cannot be 'no such word'"):
            Wire(**{name: "no such word"})


@pytest.mark.parametrize("stream", [False, True])
def test_every_word_that_is_taken_can_be_written_down(stream: bool) -> None:
    reply = Reply("One moment.", calls=[Call("add", {"a": 1}), Call("add", {"a": 2})], reasoning="I add.")
    for name, hint in get_type_hints(Wire).items():
        for word in get_args(hint) if get_origin(hint) is Literal else ():
            with EmulatedEndpoint("openai", [reply], wire={name: word}, exact=False) as endpoint:
                assert ask(endpoint, stream).status == 200, (name, word)


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"wire": {"idx": 1}}, "Wire has no 'idx'; did you mean 'index'"),
        ({"wire": {"no_such_quirk": 1}}, "Wire has no 'no_such_quirk'; there are 'empty_content'"),
        ({"rules": {"empty_tool": None}}, "Rules has no 'empty_tool'; did you mean 'empty_tools'"),
        ({"limits": {"windw": 1}}, "Limits has no 'windw'; did you mean 'window'"),
        ({"behaviour": {"obey": ()}}, "Behaviour has no 'obey'; did you mean 'obeys'"),
    ],
)
def test_a_field_that_does_not_exist(changes: dict[str, Any], hint: str) -> None:
    with pytest.raises(TypeError) as caught:
        EmulatedEndpoint("openai", **changes)
    assert str(caught.value).startswith(hint)


def test_a_reply_with_a_quirk_that_does_not_exist() -> None:
    with pytest.raises(TypeError, match="Wire has no 'idx'; did you mean 'index'"):
        Reply("3", wire={"idx": 1})


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"behaviour": {"thinking": "yes"}}, "Behaviour.thinking cannot be 'yes'; there are 'never', 'off'"),
        ({"behaviour": {"obeys": ("name",)}}, "Behaviour.obeys cannot be ('name',); did you mean 'named'"),
        ({"behaviour": {"leak": "hermess"}}, "Behaviour.leak cannot be 'hermess'; did you mean 'hermes'"),
        ({"limits": {"temperature_top": "close"}}, "Limits.temperature_top cannot be 'close'; did you mean 'closed'"),
        ({"rules": {"empty_tools": True}}, "Rules.empty_tools cannot be True; it is"),
    ],
)
def test_a_field_with_a_value_that_it_does_not_take(changes: dict[str, Any], hint: str) -> None:
    with pytest.raises(ValueError, match="cannot be") as caught:
        EmulatedEndpoint("openai", **changes)
    assert str(caught.value).startswith(hint)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        (lambda: Reply("3", leak="hermess"), "Reply.leak cannot be 'hermess'; did you mean 'hermes'"),  # type: ignore[arg-type]
        (lambda: Fault(shape="opnai"), "Fault.shape cannot be 'opnai'; did you mean 'openai'"),  # type: ignore[arg-type]
        (lambda: PROVIDERS["openai"].but(responses="half"), "Provider.responses cannot be 'half'; there are 'full'"),
    ],
)
def test_a_word_of_a_script_or_a_provider(written: Any, hint: str) -> None:
    with pytest.raises(ValueError, match="cannot be") as caught:
        written()
    assert str(caught.value).startswith(hint)


def test_what_is_right_is_taken_as_it_is() -> None:

    assert Behaviour(obeys=("none",)).obeys == ("none",)
    assert Limits(temperature=(0, 1)).temperature == (0, 1)
    assert PROVIDERS["openai"].but(wire={"comments": (": x",), "done": False}).wire.comments == (": x",)
