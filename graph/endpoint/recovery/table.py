"""The conventions that carry a marker of their own, as data.

vLLM's parsers were read in the wheel of 0.32.0, llama.cpp's templates and parsers and SGLang's detectors in their
repositories, all on 2026-11-22.
"""

from __future__ import annotations

from dataclasses import replace

from graph.endpoint.recovery import harmony
from graph.endpoint.recovery.argument_pairs import parse_pairs
from graph.endpoint.recovery.convention import Convention, Match, Parse, Site, nothing_follows
from graph.endpoint.recovery.gemma import CallColon
from graph.endpoint.recovery.headed_json import deepseek, parse_kimi_k2, parse_mistral
from graph.endpoint.recovery.pythonic import TaggedPython
from graph.endpoint.recovery.source import Steps, match_one, peek, skip_space
from graph.endpoint.recovery.tagged_json import TaggedJson
from graph.endpoint.recovery.xml_tags import Frame, XmlTags

_DEEPSEEK_STYLES = (("｜", "▁"), ("｜", "_"), ("｜", " "), ("｜", "\\_"), ("|", "▁"), ("|", " "))


def _deepseek_spellings(words: str) -> tuple[str, ...]:
    """Distilled models spell DeepSeek's bar and gap as their vocabulary can (llama.cpp `common/chat.cpp`).

    The plain bar with an underscore is not among them: that is Kimi's marker.
    """
    return tuple(f"<{bar}{words.replace(' ', gap)}{bar}>" for bar, gap in _DEEPSEEK_STYLES)


_CALLS_BEGIN, _CALL_BEGIN, _SEPARATOR, _CALL_END = map(
    _deepseek_spellings, ("tool calls begin", "tool call begin", "tool sep", "tool call end")
)
_CALLS_END = _deepseek_spellings("tool calls end")
CALL_ENDS = (*_CALL_END, *_CALLS_END)

_QWEN_OPEN = ("<function=", "<function name=")
_INVOKE = "<invoke name="
DSML = "｜DSML｜"
_KIMI_CALL = "<|tool_call_begin|>"
_MAX_REPEATS = 2


def _by_first(choices: dict[str, Parse]) -> Parse:
    """The parser for a marker behind which several conventions go on, told apart by what comes first."""
    options = tuple(choice for choice in choices if choice)

    def parse(site: Site, at: int) -> Steps[Match | None]:
        begin = yield from skip_space(site.source, at)
        if (yield from peek(site.source, begin)) == "":
            return nothing_follows(site)
        first = yield from match_one(site.source, begin, options)
        return (yield from choices[first or ""](site, begin if first is None else at))

    return parse


def _brackets(json: Parse, python: Parse) -> Parse:
    """JSON or Python behind a marker: a list that begins with a brace is JSON."""

    def parse(site: Site, at: int) -> Steps[Match | None]:
        begin = yield from skip_space(site.source, at)
        char = yield from peek(site.source, begin)
        if char == "[":
            char = yield from peek(site.source, (yield from skip_space(site.source, begin + 1)))
        return (yield from (json if char in {"", "{"} else python)(site, at))

    return parse


def _named(name: str, parse: Parse) -> Parse:
    """A parser whose calls carry another convention's name than the marker's."""

    def renamed(site: Site, at: int) -> Steps[Match | None]:
        return (yield from parse(replace(site, convention=name), at))

    return renamed


def _repeated(marker: str, parse: Parse) -> Parse:
    """A parser that passes over the opening marker written again, a few times."""

    def again(site: Site, at: int) -> Steps[Match | None]:
        for _ in range(_MAX_REPEATS):
            begin = yield from skip_space(site.source, at)
            if (yield from match_one(site.source, begin, (marker,))) is None:
                break
            at = begin + len(marker)
        return (yield from parse(site, at))

    return again


_TOOL_CALL = _by_first(
    {
        "{": _named("hermes", TaggedJson(("</tool_call>",))),
        "[": _named("hermes", TaggedJson(("</tool_call>",))),
        **dict.fromkeys((*_QWEN_OPEN, _INVOKE), Frame((*_QWEN_OPEN, _INVOKE))),
        "": _named("glm", parse_pairs),
    }
)

CONVENTIONS: tuple[Convention, ...] = (
    Convention(
        "tool_call",
        ("<tool_call>",),
        _repeated("<tool_call>", _TOOL_CALL),
        "Hermes, Qwen2.5, Qwen3, ERNIE 4.5, Granite 3.1 and 4, MiroThinker, EXAONE: JSON (vLLM hermes_tool_parser.py, "
        "granite4_tool_parser.py, ernie45_tool_parser.py). Qwen3-Coder, Qwen3.5, Step 3.5, MiMo, Nemotron 3: XML "
        "(vLLM parser/qwen3.py). GLM 4.5 to 5, Hunyuan V3, Ling 3, Laguna: pairs (vLLM parser/glm47_moe.py, "
        "hy_v3_tool_parser.py, poolside_v1_tool_parser.py).",
    ),
    Convention(
        "qwen3_coder",
        ("<function=",),
        XmlTags("</function>", "<parameter=", "</parameter>", framed=True),
        "Qwen3-Coder's chat template, also without the outer tag (vLLM parser/qwen3.py); Llama 3.1 and Functionary 3.1 "
        "put JSON between the tags (llama.cpp common/chat.cpp).",
    ),
    Convention(
        "minicpm5",
        ("<function name=",),
        XmlTags("</function>", "<param name=", "</param>"),
        "MiniCPM 5 (vLLM minicpm5xml_tool_parser.py).",
    ),
    Convention("seed_oss", ("<seed:tool_call>",), Frame(("<function=",)), "Seed-OSS (vLLM parser/seed_oss.py)."),
    Convention(
        "invoke",
        (_INVOKE,),
        XmlTags("</invoke>", "<parameter name=", "</parameter>"),
        "MiniMax M2 (vLLM parser/minimax_m2.py), dots (vLLM dots_tool_parser.py).",
    ),
    Convention(
        "minimax_m2",
        ("<minimax:tool_call>", "<dots_function_call>"),
        Frame((_INVOKE,)),
        "MiniMax M2 (llama.cpp models/templates/unsloth-MiniMax-M2.jinja).",
    ),
    Convention(
        "muse_glimmer",
        ("<atem:invoke name=",),
        XmlTags("</atem:invoke>", "<atem:parameter name=", "</atem:parameter>"),
        "vLLM muse_glimmer_tool_parser.py.",
    ),
    Convention("muse_glimmer", ("<atem:function_calls>",), Frame(("<atem:invoke name=",)), "The same."),
    *(
        Convention(
            "deepseek_dsml",
            (f"<{DSML}{gap}invoke name=",),
            XmlTags(f"</{DSML}{gap}invoke>", f"<{DSML}{gap}parameter name=", f"</{DSML}{gap}parameter>"),
            "DeepSeek V3.2 and V4; V4.1 with a space (vLLM parser/deepseek_v32.py, deepseek_v4.py, deepseek_v41.py).",
        )
        for gap in ("", " ")
    ),
    *(
        Convention(
            "deepseek_dsml",
            (f"<{DSML}{frame}>",),
            Frame((f"<{DSML}{gap}invoke name=",)),
            "The same; `toolcalls` and `tool` are spellings that vLLM met in production.",
        )
        for gap, frame in (("", "function_calls"), ("", "tool_calls"), ("", "toolcalls"), ("", "tool"), (" ", " calls"))
    ),
    Convention(
        "kimi_k3",
        ("<|open|>call tool=",),
        XmlTags("<|close|>call<|sep|>", "<|open|>argument key=", "<|close|>argument<|sep|>", header_end="<|sep|>"),
        "Kimi K3 (vLLM kimi_k3_tool_parser.py).",
    ),
    Convention("kimi_k3", ("<|open|>tools<|sep|>",), Frame(("<|open|>call tool=",)), "The same."),
    Convention("kimi_k2", (_KIMI_CALL,), parse_kimi_k2, "Kimi K2 (vLLM parser/kimi_k2.py; the model's chat template)."),
    Convention("kimi_k2", ("<|tool_calls_section_begin|>",), Frame((_KIMI_CALL,)), "The same."),
    Convention(
        "deepseek_v3",
        (*_CALLS_BEGIN, *_CALL_BEGIN),
        deepseek(_CALL_BEGIN, _SEPARATOR, CALL_ENDS),
        "DeepSeek V3, R1 and V3.1 (vLLM deepseekv3_tool_parser.py, deepseekv31_tool_parser.py), Step 3 "
        "(step3_tool_parser.py).",
    ),
    Convention(
        "mistral",
        ("[TOOL_CALLS]",),
        _by_first({"{": TaggedJson(("[/TOOL_CALLS]",)), "[": TaggedJson(("[/TOOL_CALLS]",)), "": parse_mistral}),
        "Mistral: a JSON list before tokenizer v11, `name[ARGS]{…}` since (vLLM parser/mistral.py).",
    ),
    Convention(
        "llama3",
        ("<|python_tag|>",),
        _brackets(TaggedJson(("<|eom_id|>", "<|eot_id|>")), TaggedPython(("<|eom_id|>", "<|eot_id|>"))),
        "Llama 3.1 to 3.3 (vLLM llama_tool_parser.py); `name.call(…)` for the built-in tools (the model card).",
    ),
    Convention(
        "llama4",
        ("<|python_start|>",),
        _brackets(TaggedJson(("<|python_end|>",)), TaggedPython(("<|python_end|>",))),
        "Llama 4 (vLLM llama4_pythonic_tool_parser.py).",
    ),
    Convention(
        "lfm2",
        ("<|tool_call_start|>",),
        _brackets(TaggedJson(("<|tool_call_end|>",)), TaggedPython(("<|tool_call_end|>",))),
        "LFM2 and LFM2.5 (vLLM lfm2_tool_parser.py).",
    ),
    Convention(
        "function_calls",
        ("<function_calls>",),
        _by_first(
            {
                _INVOKE: Frame((_INVOKE,)),
                "{": TaggedJson(("</function_calls>",)),
                "[": _brackets(TaggedJson(("</function_calls>",)), TaggedPython(("</function_calls>",))),
                "": TaggedPython(("</function_calls>",)),
            }
        ),
        "OLMo 3: Python calls, one a line (vLLM olmo3_tool_parser.py); others wrap `<invoke>` in it.",
    ),
    Convention(
        "tool_calls",
        ("<tool_calls>",),
        _by_first({"<tool_call>": Frame(("<tool_call>",)), "": TaggedJson(("</tool_calls>",))}),
        "MiniMax M1, Hunyuan A13B, Jamba (vLLM hunyuan_a13b_tool_parser.py, jamba_tool_parser.py); around Hunyuan V3.",
    ),
    Convention(
        "phi4",
        ("<|tool_call|>",),
        TaggedJson(("<|/tool_call|>",)),
        "Phi-4-mini (llama.cpp models/templates/llama-cpp-microsoft-Phi-4-mini-instruct.jinja), Granite 3.0 without a "
        "closing tag (vLLM parser/granite.py).",
    ),
    Convention(
        "gemma4",
        ("<|tool_call>",),
        CallColon('<|"|>', ("<tool_call|>", "<turn|>")),
        "Gemma 4 (vLLM parser/gemma4.py, gemma4_utils.py).",
    ),
    Convention(
        "functiongemma",
        ("<start_function_call>",),
        CallColon("<escape>", ("<end_function_call>",)),
        "FunctionGemma (vLLM functiongemma_tool_parser.py).",
    ),
    Convention("nemotron", ("<TOOLCALL>",), TaggedJson(("</TOOLCALL>",)), "Nemotron Nano v2 (its llama.cpp template)."),
    Convention(
        "function_call",
        ("<function_call>", "<|function_call|>"),
        TaggedJson(("</function_call>",)),
        "Granite 20B functioncalling, GigaChat 3 (vLLM granite_20b_fc_tool_parser.py, gigachat3_tool_parser.py).",
    ),
    Convention(
        "tools",
        ("<tools>", "<tool>"),
        TaggedJson(("</tools>", "</tool>")),
        "What Qwen2.5-Coder writes at times instead of `<tool_call>` (llama.cpp common/chat.cpp).",
    ),
    Convention(
        "longcat",
        ("<longcat_tool_call>",),
        TaggedJson(("</longcat_tool_call>",)),
        "LongCat (vLLM longcat_tool_parser.py).",
    ),
    Convention(
        "internlm2",
        ("<|action_start|><|plugin|>", "<|action_start|> <|plugin|>"),
        TaggedJson(("<|action_end|>",)),
        "InternLM 2.5 and 3 (vLLM internlm2_tool_parser.py).",
    ),
    Convention(
        "command_r7b",
        ("<|START_ACTION|>",),
        TaggedJson(("<|END_ACTION|>",)),
        "Command R7B and A (vLLM parser/cohere_command.py).",
    ),
    Convention(
        "apertus",
        ("<|tools_prefix|>",),
        TaggedJson(("<|tools_suffix|>",), keyed=True),
        "Apertus (vLLM apertus_tool_parser.py).",
    ),
    Convention(
        "inkling",
        ("<|content_invoke_tool_json|>",),
        TaggedJson(("<|end_message|>",)),
        "vLLM parser/inkling.py.",
    ),
    Convention("harmony", ("<|channel|>", "<|start|>"), harmony.parse_header, "gpt-oss; see `harmony`."),
    Convention(
        "harmony_end", ("<|end|>", "<|return|>", "<|call|>"), harmony.parse_token, "gpt-oss, after a header only."
    ),
)

REPLY_STARTS: tuple[Convention, ...] = (
    Convention(
        "functools",
        ("functools",),
        TaggedJson(),
        "Phi-4-mini on vLLM and FireFunction 2 (vLLM phi4mini_tool_parser.py).",
    ),
    Convention("harmony_stripped", harmony.STRIPPED_STARTS, harmony.parse_stripped, "gpt-oss; see `harmony`."),
)
"""Markers made of plain letters: they count at the very start of a reply only."""
