"""Tool calls written as text, in the conventions of open models' chat templates.

This is what arrives in `content` when a server has no parser for the model, or its parser misses the call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

Leak = Literal[
    "hermes",
    "qwen3-coder",
    "fenced-json",
    "fenced-json-list",
    "bare-json",
    "bare-json-list",
    "json-parameters",
    "llama3",
    "llama4",
    "mistral",
    "mistral-args",
    "deepseek-v3",
    "deepseek-v3.1",
    "deepseek-v3.2",
    "deepseek-v4",
    "kimi-k2",
    "glm-4.5",
    "harmony",
    "minimax-m2",
    "functiongemma",
    "gemma3",
    "granite",
    "phi-4",
]
"""The conventions."""

LEAKS: tuple[Leak, ...] = get_args(Leak)

Named = tuple[str, Mapping[str, Any]]
"""A function's name and its arguments."""


def _json(value: object, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **options)


def _object(call: Named, key: str = "arguments") -> str:
    return _json({"name": call[0], key: call[1]})


def _list(calls: Sequence[Named]) -> str:
    return _json([{"name": name, "arguments": arguments} for name, arguments in calls])


def _plain(value: object) -> str:
    """A value as XML-like conventions write it: a string bare, anything else as JSON."""
    return value if isinstance(value, str) else _json(value)


def _fenced(call: Named) -> str:
    return f"```json\n{_json({'name': call[0], 'arguments': call[1]}, indent=2)}\n```"


def _pythonic(calls: Sequence[Named]) -> str:
    return ", ".join(
        f"{name}({', '.join(f'{key}={value!r}' for key, value in given.items())})" for name, given in calls
    )


def _qwen3_coder(call: Named) -> str:
    values = "".join(f"<parameter={key}>\n{_plain(value)}\n</parameter>\n" for key, value in call[1].items())
    return f"<tool_call>\n<function={call[0]}>\n{values}</function>\n</tool_call>"


def _deepseek_v3(call: Named) -> str:
    return f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>{call[0]}\n```json\n{_json(call[1])}\n```<｜tool▁call▁end｜>"


def _deepseek_v31(call: Named) -> str:
    return f"<｜tool▁call▁begin｜>{call[0]}<｜tool▁sep｜>{_json(call[1])}<｜tool▁call▁end｜>"


def _dsml(calls: Sequence[Named], block: str) -> str:
    def parameter(key: str, value: object) -> str:
        flag = "true" if isinstance(value, str) else "false"
        return f'<｜DSML｜parameter name="{key}" string="{flag}">{_plain(value)}</｜DSML｜parameter>\n'

    invokes = "".join(
        f'<｜DSML｜invoke name="{name}">\n{"".join(parameter(*item) for item in given.items())}</｜DSML｜invoke>\n'
        for name, given in calls
    )
    return f"<｜DSML｜{block}>\n{invokes}</｜DSML｜{block}>"


def _kimi(calls: Sequence[Named]) -> str:
    inner = "".join(
        f"<|tool_call_begin|>functions.{name}:{place}<|tool_call_argument_begin|>{_json(given)}<|tool_call_end|>"
        for place, (name, given) in enumerate(calls)
    )
    return f"<|tool_calls_section_begin|>{inner}<|tool_calls_section_end|>"


def _glm(call: Named) -> str:
    values = "".join(
        f"<arg_key>{key}</arg_key>\n<arg_value>{_plain(value)}</arg_value>\n" for key, value in call[1].items()
    )
    return f"<tool_call>{call[0]}\n{values}</tool_call>"


def _harmony(call: Named) -> str:
    return f"<|channel|>commentary to=functions.{call[0]} <|constrain|>json<|message|>{_json(call[1])}<|call|>"


def _minimax(calls: Sequence[Named]) -> str:
    invokes = "".join(
        f'<invoke name="{name}">\n'
        + "".join(f'<parameter name="{key}">{_plain(value)}</parameter>\n' for key, value in given.items())
        + "</invoke>\n"
        for name, given in calls
    )
    return f"<minimax:tool_call>\n{invokes}</minimax:tool_call>"


def _functiongemma(call: Named) -> str:
    def value_of(value: object) -> str:
        match value:
            case str():
                return f"<escape>{value}<escape>"
            case list():
                return f"[{','.join(map(value_of, value))}]"
            case dict():
                return f"{{{','.join(f'{key}:{value_of(one)}' for key, one in value.items())}}}"
        return _json(value)

    given = ",".join(f"{key}:{value_of(value)}" for key, value in call[1].items())
    return f"<start_function_call>call:{call[0]}{{{given}}}<end_function_call>"


def _each(write: Callable[[Named], str], glue: str = "\n") -> Callable[[Sequence[Named]], str]:
    return lambda calls: glue.join(write(call) for call in calls)


def _around(before: str, write: Callable[[Sequence[Named]], str], after: str = "") -> Callable[[Sequence[Named]], str]:
    return lambda calls: f"{before}{write(calls)}{after}"


_V3 = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")

_WRITERS: Mapping[Leak, Callable[[Sequence[Named]], str]] = {
    "hermes": _each(lambda call: f"<tool_call>\n{_object(call)}\n</tool_call>"),
    "qwen3-coder": _each(_qwen3_coder),
    "fenced-json": _each(_fenced),
    "fenced-json-list": _around("```json\n", _list, "\n```"),
    "bare-json": _each(_object),
    "bare-json-list": _list,
    "json-parameters": _each(lambda call: _object(call, "parameters")),
    "llama3": _around("<|python_tag|>", _each(lambda call: _object(call, "parameters"), "; ")),
    "llama4": _around("<|python_start|>[", _pythonic, "]<|python_end|>"),
    "mistral": _around("[TOOL_CALLS] ", _list),
    "mistral-args": _each(lambda call: f"[TOOL_CALLS]{call[0]}[ARGS]{_json(call[1])}", ""),
    "deepseek-v3": _around(_V3[0], _each(_deepseek_v3), _V3[1]),
    "deepseek-v3.1": _around(_V3[0], _each(_deepseek_v31, ""), _V3[1]),
    "deepseek-v3.2": lambda calls: _dsml(calls, "function_calls"),
    "deepseek-v4": lambda calls: _dsml(calls, "tool_calls"),
    "kimi-k2": _kimi,
    "glm-4.5": _each(_glm),
    "harmony": _each(_harmony, "<|start|>assistant"),
    "minimax-m2": _minimax,
    "functiongemma": _each(_functiongemma, ""),
    "gemma3": _around("```tool_code\n", _pythonic, "\n```"),
    "granite": _around("<|tool_call|>", _list),
    "phi-4": _around("functools", _list),
}

_LINE_BREAKS: Mapping[Leak, int] = {
    "hermes": 1,
    "qwen3-coder": 2,
    "fenced-json": 1,
    "fenced-json-list": 1,
    "bare-json": 1,
    "bare-json-list": 1,
    "json-parameters": 1,
    "deepseek-v3.2": 2,
    "deepseek-v4": 2,
    "glm-4.5": 1,
    "minimax-m2": 1,
    "gemma3": 1,
    "phi-4": 1,
}
"""Line breaks between a text and the calls behind it, as the templates have them; those of the other conventions have
none, since a token of its own begins the calls. What no token begins, models write on a line of its own."""


def write_as_text(calls: Sequence[Named], leak: Leak, behind: str = "") -> str:
    """Write calls as a model's template has the model write them.

    Args:
        calls: The calls.
        leak: The convention.
        behind: The text that they follow; it is not written, but the line breaks that it lacks before them are.
    """
    there = len(behind) - len(behind.rstrip("\n"))
    lacking = _LINE_BREAKS.get(leak, 0) - there if behind else 0
    return "\n" * lacking + _WRITERS[leak](calls)
