"""Conventions with the name in a header, and the two of Gemma. For the names of the sources see `table`."""

from __future__ import annotations

from graph.endpoint.recovery import harmony
from graph.endpoint.recovery.combine import by_first, left_out
from graph.endpoint.recovery.convention import Convention
from graph.endpoint.recovery.gemma import CallColon
from graph.endpoint.recovery.headed_json import Headed, deepseek, parse_kimi_k2, parse_mcp_tool, parse_mistral
from graph.endpoint.recovery.named_json import PROMPT, parse_prompted
from graph.endpoint.recovery.tagged_json import TaggedJson
from graph.endpoint.recovery.xml_tags import Frame

_DEEPSEEK_STYLES = (("｜", "▁"), ("｜", "_"), ("｜", " "), ("｜", "\\_"), ("|", "▁"), ("|", " "))


def _deepseek_spellings(words: str) -> tuple[str, ...]:
    """Distilled models spell DeepSeek's bar and gap as their vocabulary can.

    The gap: llama.cpp `common/chat-parser.cpp`; the plain bar: replies kept in public repositories (searched on
    2026-11-22). The plain bar with an underscore is not among them, as that is Kimi's marker.
    """
    return tuple(f"<{bar}{words.replace(' ', gap)}{bar}>" for bar, gap in _DEEPSEEK_STYLES)


_CALLS_BEGIN, _CALL_BEGIN, _SEPARATOR, _CALL_END = map(
    _deepseek_spellings, ("tool calls begin", "tool call begin", "tool sep", "tool call end")
)
_CALL_ENDS = (*_CALL_END, *_deepseek_spellings("tool calls end"))
_KIMI_CALL = "<|tool_call_begin|>"
_PLAMO_CALL = "<|plamo:begin_tool_request:plamo|>"

ROWS: tuple[Convention, ...] = (
    Convention("kimi_k2", (_KIMI_CALL,), parse_kimi_k2, "Kimi K2: V parser/kimi_k2, S kimik2, L chat."),
    Convention(
        "kimi_k2",
        ("<|tool_calls_section_begin|>", "<|tool_call_section_begin|>"),
        Frame((_KIMI_CALL,)),
        "The same; V names the singular, too.",
        ends=("<|tool_calls_section_end|>", "<|tool_call_section_end|>"),
    ),
    Convention(
        "deepseek_v3",
        (*_CALLS_BEGIN, "<｜tool▁calls｜>", *_CALL_BEGIN),
        deepseek(_CALL_BEGIN, _SEPARATOR, _CALL_ENDS),
        "DeepSeek V3, R1 and V3.1: V deepseekv3, deepseekv31; S deepseekv3, deepseekv31; L chat-parser. Step 3: V and "
        "S step3.",
        ends=_CALL_ENDS,
    ),
    Convention(
        "mistral",
        ("[TOOL_CALLS]",),
        by_first({"{": TaggedJson(("[/TOOL_CALLS]",)), "[": TaggedJson(("[/TOOL_CALLS]",)), "": parse_mistral}),
        "Mistral: a JSON list before tokenizer v11, `name[ARGS]{…}` since (V parser/mistral, S mistral); `[CALL_ID]` "
        "in Small 3.2 (L chat).",
    ),
    Convention(
        "plamo3",
        (_PLAMO_CALL,),
        Headed(
            "<|plamo:begin_tool_name:plamo|>",
            (
                "<|plamo:end_tool_name:plamo|>",
                "<|plamo:begin_tool_arguments:plamo|>",
                "<|plamo:constrain|>",
                "json",
                "<|plamo:msg|>",
            ),
            ("<|plamo:end_tool_arguments:plamo|>",),
        ),
        "PLaMo 3: V parser/plamo3.",
        ends=("<|plamo:end_tool_request:plamo|>", "<|plamo:end_tool_requests:plamo|>"),
    ),
    Convention("plamo3", ("<|plamo:begin_tool_requests:plamo|>",), Frame((_PLAMO_CALL,)), "The same."),
    Convention(
        "mcp_tool",
        ("<use_mcp_tool>",),
        parse_mcp_tool,
        "MiroThinker's own form: L MiroThinker-v1.jinja.",
        ends=("</use_mcp_tool>",),
    ),
    Convention(
        "gemma4",
        ("<|tool_call>",),
        CallColon('<|"|>', ("<tool_call|>", "<turn|>")),
        "Gemma 4: V parser/gemma4, gemma4_utils; S gemma4.",
    ),
    Convention(
        "functiongemma",
        ("<start_function_call>",),
        CallColon("<escape>", ("<end_function_call>",)),
        "FunctionGemma: V functiongemma.",
    ),
    Convention("functionary", (PROMPT,), parse_prompted, "Functionary 3.2: L chat, chat-parser; see `named_json`."),
    Convention("harmony", ("<|channel|>", "<|start|>"), harmony.parse_header, "gpt-oss and others; see `harmony`."),
    Convention("harmony_end", harmony.CLOSERS, left_out, "The same.", after="harmony"),
)

REPLY_STARTS: tuple[Convention, ...] = (
    Convention(
        "functools",
        ("functools",),
        by_first({"[": TaggedJson()}),
        "Phi-4-mini on vLLM and FireFunction 2: V phi4mini, L chat-parser.",
    ),
    Convention(
        "gigachat3",
        ("function call<|role_sep|>",),
        TaggedJson(),
        "GigaChat 3 where nothing stands before the call: V gigachat3, S gigachat3.",
    ),
    Convention(
        "gemma4",
        ("call:",),
        CallColon('<|"|>', ("<tool_call|>", "<turn|>"), stripped=True),
        "Gemma 4 without its special tokens: V gemma4_utils.",
    ),
    Convention("harmony", ("to=",), harmony.parse_recipient, "gpt-oss and others; see `harmony`."),
    Convention("harmony_stripped", harmony.STRIPPED_STARTS, harmony.parse_stripped, "gpt-oss; see `harmony`."),
)
"""Markers made of plain letters: they count at the very start of a reply only."""
