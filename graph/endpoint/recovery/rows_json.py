"""Conventions that are JSON behind a marker. For the names of the sources see `table`."""

from __future__ import annotations

from graph.endpoint.recovery import blocks
from graph.endpoint.recovery.combine import brackets, by_first, left_out, perhaps, reread
from graph.endpoint.recovery.convention import Convention
from graph.endpoint.recovery.headed_json import name_then_json
from graph.endpoint.recovery.pythonic import TaggedPython
from graph.endpoint.recovery.tagged_json import TaggedJson
from graph.endpoint.recovery.unmarked import wrapped
from graph.endpoint.recovery.xml_tags import Frame

_WRAPPERS = ("tools", "tool", "json", "JSON", "xml", "response")

ROWS: tuple[Convention, ...] = (
    Convention(
        "tool_calls",
        ("<tool_calls>",),
        by_first({"<tool_call>": Frame(("<tool_call>",)), "": TaggedJson(("</tool_calls>",))}),
        "Hunyuan A13B, Jamba: V hunyuan_a13b, jamba. Apriel 1.5 and 1.6: L chat-parser, "
        "Apriel-1.6-15b-Thinker-fixed.jinja. Around Hunyuan V3's calls: V hy_v3.",
        ends=("</tool_calls>",),
    ),
    Convention(
        "phi4",
        ("<|tool_call|>",),
        by_first({**dict.fromkeys("{[", TaggedJson(("<|/tool_call|>",))), "": name_then_json("<|/tool_call|>")}),
        "Phi-4-mini: L llama-cpp-microsoft-Phi-4-mini-instruct.jinja. Granite 3.0, no closing tag: V parser/granite.",
    ),
    Convention(
        "llama3",
        ("<|python_tag|>",),
        brackets(TaggedJson(("<|eom_id|>", "<|eot_id|>")), TaggedPython(("<|eom_id|>", "<|eot_id|>"))),
        "Llama 3.1 to 3.3: V llama, S llama32; `name.call(…)` for built-in tools: L chat-parser.",
    ),
    Convention(
        "llama4",
        ("<|python_start|>",),
        brackets(TaggedJson(("<|python_end|>",)), TaggedPython(("<|python_end|>",))),
        "Llama 4: V llama4_pythonic, S pythonic.",
        ends=("<|python_end|>",),
    ),
    Convention(
        "lfm2",
        ("<|tool_call_start|>",),
        brackets(TaggedJson(("<|tool_call_end|>",)), TaggedPython(("<|tool_call_end|>",))),
        "LFM2 and LFM2.5: V lfm2, S lfm2, L LFM2.5-8B-A1B.jinja; as JSON: S lfm2, L chat-parser.",
        ends=("<|tool_call_end|>",),
    ),
    Convention(
        "nemotron",
        ("<TOOLCALL>",),
        TaggedJson(("</TOOLCALL>",)),
        "Nemotron Nano v2: L NVIDIA-Nemotron-Nano-v2.jinja, chat-parser.",
    ),
    Convention(
        "function_call",
        ("<function_call>", "<|function_call|>"),
        TaggedJson(("</function_call>",)),
        "Granite 20B: V granite_20b_fc. GigaChat 3: V gigachat3, S gigachat3.",
    ),
    Convention(
        "functioncall",
        ("<functioncall>",),
        TaggedJson(("</functioncall>",)),
        "Models trained on Glaive's data for function calling, as it stands in public repositories (searched on "
        "2026-11-24).",
    ),
    Convention(
        "lm_studio",
        ("[TOOL_REQUEST]",),
        TaggedJson(("[END_TOOL_REQUEST]",)),
        "LM Studio, of models without a form of their own (its documentation on tool use; replies that stand "
        "in public repositories, searched on 2026-11-24).",
        ends=("[END_TOOL_REQUEST]",),
    ),
    Convention(
        "functools",
        ("functools[",),
        reread("[", TaggedJson()),
        "Phi-4-mini and FireFunction 2 behind a sentence (see `rows_headed`).",
        weak=True,
    ),
    Convention(
        "gigachat3",
        ("<|message_sep|>",),
        perhaps("function call<|role_sep|>", TaggedJson()),
        "GigaChat 3: V gigachat3, S gigachat3, L chat.",
    ),
    Convention(
        "longcat", ("<longcat_tool_call>",), TaggedJson(("</longcat_tool_call>",)), "LongCat: V longcat (a Hermes one)."
    ),
    Convention(
        "internlm2",
        ("<|action_start|><|plugin|>", "<|action_start|> <|plugin|>"),
        TaggedJson(("<|action_end|>",)),
        "InternLM 2.5 and 3, Intern-S1: V internlm2, S internlm (with the space).",
    ),
    Convention(
        "command",
        ("<|START_ACTION|>",),
        TaggedJson(("<|END_ACTION|>",)),
        "Command R7B, A and A+: V parser/cohere_command, S cohere_command4, L chat-parser.",
    ),
    Convention(
        "command_frame",
        ("<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>"),
        left_out,
        "The same; around an answer.",
    ),
    Convention(
        "apertus",
        ("<|tools_prefix|>",),
        TaggedJson(("<|tools_suffix|>",), keyed=True),
        "Apertus: V apertus, S apertus2509.",
    ),
    Convention(
        "tool_code",
        ("<tool_code>",),
        TaggedPython(("</tool_code>",), bound=True),
        "Gemini's and Gemma's block (see `unmarked`) as an element: in replies that public repositories work around "
        "(searched on 2026-11-22).",
    ),
    Convention("inkling", ("<|message_model|>",), blocks.parse_message, "Inkling; see `blocks`."),
    Convention("inkling", (blocks.JSON_CALL,), blocks.parse_call, "The same, where the prompt holds the beginning."),
    Convention("inkling", (blocks.THINKING,), blocks.parse_thinking, "The same."),
    Convention("inkling", (blocks.TEXT,), left_out, "The same."),
    Convention("inkling_end", blocks.ENDS, left_out, "The same.", after="inkling"),
    *(
        Convention(
            "wrapped",
            (f"<{tag}>",),
            wrapped(f"</{tag}>"),
            "What models write at times instead of Hermes's tag, Qwen2.5-Coder above all: L chat-parser.",
            weak=True,
        )
        for tag in _WRAPPERS
    ),
)
