# ruff: noqa: E501  # a form stands on one line, so that the table can be read
"""How each convention writes calls, as functions, so that any arguments can be put through it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

Named = tuple[str, Mapping[str, Any]]
Write = Callable[[Sequence[Named]], str]

M3 = "]<]minimax[>["


@dataclass(frozen=True)
class Form:
    """A convention.

    Attributes:
        convention: what the recovered calls say.
        write: writes calls.
        reserved: texts that a string in it cannot hold, since it has no way to escape them.
    """

    convention: str
    write: Write
    reserved: tuple[str, ...] = ()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _text(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _object(call: Named, name: str = "name", arguments: str = "arguments") -> str:
    return _json({name: call[0], arguments: call[1]})


def _each(before: str, write: Callable[[Named], str], after: str = "", glue: str = "\n") -> Write:
    return lambda calls: before + glue.join(map(write, calls)) + after


def _list(before: str, after: str = "", name: str = "name", arguments: str = "arguments") -> Write:
    return lambda calls: f"{before}[{', '.join(_object(call, name, arguments) for call in calls)}]{after}"


def _elements(head: str, item: str, tail: str, write: Callable[[object], str] = _text) -> Callable[[Named], str]:
    def call(named: Named) -> str:
        given = "\n".join(
            item.replace("KEY", key)
            .replace("STRING", "true" if isinstance(value, str) else "false")
            .replace("TYPE", _type(value))
            .replace("VALUE", write(value))
            for key, value in named[1].items()
        )
        return f"{head.replace('NAME', named[0])}{given}{tail}"

    return call


def _type(value: object) -> str:
    kinds = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}
    return kinds[type(value)]


def _pythonic(call: Named) -> str:
    return f"{call[0]}({', '.join(f'{key}={value!r}' for key, value in call[1].items())})"


def _gemma(quote: str, opener: str, closer: str) -> Callable[[Named], str]:
    def value_of(value: object) -> str:
        if isinstance(value, str):
            return f"{quote}{value}{quote}"
        if isinstance(value, list):
            return f"[{','.join(map(value_of, value))}]"
        return _json(value)

    def write(call: Named) -> str:
        given = ",".join(f"{key}:{value_of(value)}" for key, value in call[1].items())
        return f"{opener}call:{call[0]}{{{given}}}{closer}"

    return write


def _nested(value: object) -> str:
    if isinstance(value, list):
        return "".join(f"{M3}<item>{_nested(each)}{M3}</item>" for each in value)
    return _text(value)


_PAIR = "<arg_key>KEY</arg_key>\n<arg_value>VALUE</arg_value>"
_PAIR_ENDS = ("</arg_value>", "<arg_key>")
_QWEN = _elements("<function=NAME>\n", "<parameter=KEY>\nVALUE\n</parameter>", "\n</function>")
_QWEN_ENDS = ("</parameter>", "<parameter=")
_INVOKE = _elements('<invoke name="NAME">\n', '<parameter name="KEY">VALUE</parameter>', "\n</invoke>")
_INVOKE_ENDS = ("</parameter>", "<parameter name=")
_STEP3 = _elements(
    '<steptml:invoke name="NAME">\n', '<steptml:parameter name="KEY">VALUE</steptml:parameter>', "\n</steptml:invoke>"
)
_ATEM = _elements(
    '<atem:invoke name="NAME">\n', '<atem:parameter name="KEY">VALUE</atem:parameter>', "\n</atem:invoke>"
)
_BEAM = _elements(
    "<|start|>assistant to=NAME<|channel|>analysis <|constrain|>xml<|message|>",
    '<rfl:parameter name="KEY">\nVALUE\n</rfl:parameter>',
    "<|call|>",
)
_K3 = _elements(
    '<|open|>call tool="NAME" index="1"<|sep|>',
    '<|open|>argument key="KEY" type="TYPE"<|sep|>VALUE<|close|>argument<|sep|>',
    "<|close|>call<|sep|>",
)
_IFM = _elements(
    "<ifm|tool_call>NAME\n",
    "<ifm|arg_key>KEY</ifm|arg_key><ifm|arg_type>TYPE</ifm|arg_type><ifm|arg_value>VALUE</ifm|arg_value>",
    "\n</ifm|tool_call>",
)
_HUNYUAN = _elements(
    "<tool_call:x>NAME<tool_sep:x>\n",
    "<arg_key:x>KEY</arg_key:x>\n<arg_value:x>VALUE</arg_value:x>",
    "\n</tool_call:x>",
)
_MINIMAX3 = _elements(f'{M3}<invoke name="NAME">', f"{M3}<KEY>VALUE{M3}</KEY>", f"{M3}</invoke>", _nested)


def _marked_elements(mark: str, frame: str, gap: str = "") -> Form:
    tag = f"{mark}{gap}"
    call = _elements(
        f'<{tag}invoke name="NAME">\n', f'<{tag}parameter name="KEY" string="STRING">VALUE</{tag}parameter>',
        f"\n</{tag}invoke>",
    )  # fmt: skip
    ends = (f"</{tag}parameter>", f"<{tag}parameter name=")
    return Form(mark.strip("｜").lower(), _each(f"<{mark}{frame}>\n", call, f"\n</{mark}{frame}>"), ends)


def _plamo(call: Named) -> str:
    def between(what: str, text: str) -> str:
        return f"<|plamo:begin_tool_{what}:plamo|>{text}<|plamo:end_tool_{what}:plamo|>"

    given = f"<|plamo:constrain|>json<|plamo:msg|>{_json(call[1])}"
    return between("request", between("name", call[0]) + between("arguments", given))


def _kimi(calls: Sequence[Named]) -> str:
    inner = "".join(
        f"<|tool_call_begin|>functions.{name}:{at}<|tool_call_argument_begin|>{_json(given)}<|tool_call_end|>"
        for at, (name, given) in enumerate(calls)
    )
    return f"<|tool_calls_section_begin|>{inner}<|tool_calls_section_end|>"


def _deepseek(write: Callable[[Named], str]) -> Write:
    call = _each("", lambda each: f"<｜tool▁call▁begin｜>{write(each)}<｜tool▁call▁end｜>")
    return lambda calls: f"<｜tool▁calls▁begin｜>{call(calls)}<｜tool▁calls▁end｜>"


def _muse(calls: Sequence[Named]) -> str:
    messages = [
        f"<|start|>assistant to={each[0]}<|message|><atem:function_calls>\n{_ATEM(each)}\n</atem:function_calls>"
        for each in calls
    ]
    return "<|eom|>".join(messages)


def _mcp(call: Named) -> str:
    return f"<use_mcp_tool>\n<server_name>s</server_name>\n<tool_name>{call[0]}</tool_name>\n<arguments>\n{_json(call[1])}\n</arguments>\n</use_mcp_tool>"


def _apertus(calls: Sequence[Named]) -> str:
    return f"<|tools_prefix|>{_json([{name: given} for name, given in calls])}<|tools_suffix|>"


FORMS: dict[str, Form] = {
    "hermes": Form("hermes", _each("", lambda call: f"<tool_call>\n{_object(call)}\n</tool_call>")),
    "granite": Form("hermes", _list("<tool_call>")),
    "granite30": Form("phi4", _list("<|tool_call|> ")),
    "granite20b": Form("function_call", _each("", lambda call: f"<function_call> {_object(call)}")),
    "phi4": Form("phi4", _list("<|tool_call|>", "<|/tool_call|>")),
    "functools": Form("functools", _list("functools")),
    "hunyuan-a13b": Form("tool_calls", _list("<tool_calls>", "</tool_calls>")),
    "nemotron": Form("nemotron", _list("<TOOLCALL>", "</TOOLCALL>")),
    "llama3": Form("llama3", _each("<|python_tag|>", lambda call: _object(call, arguments="parameters"), glue="; ")),
    "llama3-bare": Form("json", _each("", lambda call: _object(call, arguments="parameters"), glue="; ")),
    "fenced": Form("fenced", _each("", lambda call: f"```json\n{_object(call)}\n```")),
    "xlam": Form("json", _list("")),
    "llama4": Form("llama4", lambda calls: f"<|python_start|>[{', '.join(map(_pythonic, calls))}]<|python_end|>"),
    "lfm2": Form("lfm2", lambda calls: f"<|tool_call_start|>[{', '.join(map(_pythonic, calls))}]<|tool_call_end|>"),
    "olmo3": Form("function_calls", _each("<function_calls>\n", _pythonic, "\n</function_calls>")),
    "tool-code": Form("tool_code", _each("<tool_code>\n", _pythonic, "\n</tool_code>")),
    "name-tag": Form(
        "name_tag",
        _each(
            "",
            lambda call: f"<tool_call><name>{call[0]}</name><arguments>{json.dumps(call[1])}</arguments></tool_call>",
        ),
    ),
    "gigachat3": Form("gigachat3", _each("<|message_sep|>\n\nfunction call<|role_sep|>\n", _object)),
    "glaive": Form("functioncall", _each("", lambda call: f"<functioncall> {_object(call)} </functioncall>")),
    "lm-studio": Form("lm_studio", _each("", lambda call: f"[TOOL_REQUEST]{_object(call)}[END_TOOL_REQUEST]")),
    "longcat": Form("longcat", _each("", lambda call: f"<longcat_tool_call>{_object(call)}</longcat_tool_call>")),
    "internlm": Form(
        "internlm2",
        _each("", lambda call: f"<|action_start|> <|plugin|>\n{_object(call, arguments='parameters')}<|action_end|>"),
    ),
    "command": Form("command", _list("<|START_ACTION|>", "<|END_ACTION|>", "tool_name", "parameters")),
    "apertus": Form("apertus", _apertus),
    "inkling": Form(
        "inkling",
        _each(
            "",
            lambda call: (
                f"<|message_model|>{call[0]}<|content_invoke_tool_json|>{_object(call, arguments='args')}<|end_message|>"
            ),
            glue="",
        ),
    ),
    "wrapped": Form("wrapped", _each("", lambda call: f"<json>{_object(call)}</json>")),
    "qwen3-coder": Form("qwen3_coder", _each("", lambda call: f"<tool_call>\n{_QWEN(call)}\n</tool_call>"), _QWEN_ENDS),
    "seed-oss": Form("qwen3_coder", _each("<seed:tool_call>\n", _QWEN, "\n</seed:tool_call>"), _QWEN_ENDS),
    "minicpm5": Form(
        "minicpm5",
        _each(
            "",
            _elements(
                '<function name="NAME">',
                '<param name="KEY">VALUE</param>',
                "</function>",
                lambda value: escape(_text(value)),
            ),
        ),
        ("</param>",),
    ),
    "minimax-m2": Form("invoke", _each("<minimax:tool_call>\n", _INVOKE, "\n</minimax:tool_call>"), _INVOKE_ENDS),
    "dots": Form("invoke", _each("<dots_function_call>\n", _INVOKE, "\n</dots_function_call>"), _INVOKE_ENDS),
    "dots-json": Form("dots", _each("", lambda call: f"<dots_function_call>\n{_object(call)}\n</dots_function_call>")),
    "minimax-m3": Form("minimax_m3", _each(f"{M3}<tool_call>\n", _MINIMAX3, f"\n{M3}</tool_call>"), (M3,)),
    "muse-glimmer": Form("muse_glimmer", _muse, ("</atem:parameter>", "<atem:parameter name=")),
    "deepseek-v3.2": _marked_elements("｜DSML｜", "function_calls"),
    "deepseek-v4": _marked_elements("｜DSML｜", "tool_calls"),
    "deepseek-v4.1": _marked_elements("｜DSML｜", " calls", " "),
    "gigachat3.5": _marked_elements("｜GCML｜", "tool_calls"),
    "kimi-k3": Form(
        "kimi_k3",
        _each("<|open|>tools<|sep|>", _K3, "<|close|>tools<|sep|>", ""),
        ("<|close|>argument", "<|open|>argument"),
    ),
    "glm": Form("glm", _each("", _elements("<tool_call>NAME\n", _PAIR, "\n</tool_call>")), _PAIR_ENDS),
    "iquest": Form(
        "iquest", _each("", _elements("<iquest_tool_call>NAME\n", _PAIR, "</iquest_tool_call>")), _PAIR_ENDS
    ),
    "k2-horizon": Form(
        "k2_horizon", _each("<ifm|tool_calls>", _IFM, "</ifm|tool_calls>"), ("</ifm|arg_value>", "<ifm|arg_key>")
    ),
    "hunyuan": Form("hunyuan", _each("<tool_calls:x>", _HUNYUAN, "</tool_calls:x>"), ("</arg_value:x>", "<arg_key:x>")),
    "kimi-k2": Form("kimi_k2", _kimi),
    "kimi-k2-stripped": Form(
        "named_json",
        lambda calls: "".join(f"functions.{name}:{at}{_json(given)}" for at, (name, given) in enumerate(calls)),
    ),
    "functionary": Form("functionary", _each("", lambda call: f">>>{call[0]}\n{_json(call[1])}")),
    "deepseek-v3": Form(
        "deepseek_v3", _deepseek(lambda call: f"function<｜tool▁sep｜>{call[0]}\n```json\n{_json(call[1])}\n```")
    ),
    "deepseek-v3.1": Form("deepseek_v3", _deepseek(lambda call: f"{call[0]}<｜tool▁sep｜>{_json(call[1])}")),
    "step3": Form(
        "deepseek_v3",
        _deepseek(lambda call: f"function<｜tool▁sep｜>{_STEP3(call)}"),
        ("</steptml:parameter>", "<steptml:parameter"),
    ),
    "mistral": Form("mistral", _list("[TOOL_CALLS] ")),
    "mistral-args": Form("mistral", _each("", lambda call: f"[TOOL_CALLS]{call[0]}[ARGS]{_json(call[1])}", glue="")),
    "plamo3": Form("plamo3", _each("<|plamo:begin_tool_requests:plamo|>", _plamo, "<|plamo:end_tool_requests:plamo|>")),
    "mirothinker": Form("mcp_tool", _each("", _mcp)),
    "gemma4": Form("gemma4", _each("", _gemma('<|"|>', "<|tool_call>", "<tool_call|>"), glue=""), ('<|"|>',)),
    "functiongemma": Form(
        "functiongemma", _each("", _gemma("<escape>", "<start_function_call>", "<end_function_call>")), ("<escape>",)
    ),
    "harmony": Form(
        "harmony",
        _each(
            "",
            lambda call: (
                f"<|start|>assistant to=functions.{call[0]}<|channel|>commentary json<|message|>{_json(call[1])}<|call|>"
            ),
            glue="",
        ),
    ),
    "harmony-stripped": Form(
        "harmony_stripped",
        _each("", lambda call: f"assistantcommentary to=functions.{call[0]} json{_json(call[1])}", glue=""),
    ),
    "beam": Form("harmony", _each("", _BEAM, glue=""), ("</rfl:parameter>", "<rfl:parameter")),
}
