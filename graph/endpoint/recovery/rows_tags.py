"""Conventions with an element, or a pair of elements, for each argument. For the names of the sources see `table`."""

from __future__ import annotations

from graph.endpoint.recovery import nested_tags
from graph.endpoint.recovery.argument_pairs import Pairs, parse_suffixed, parse_suffixed_frame
from graph.endpoint.recovery.combine import brackets, by_first, either, left_out, named, repeated
from graph.endpoint.recovery.convention import Convention
from graph.endpoint.recovery.headed_json import Headed
from graph.endpoint.recovery.pythonic import TaggedPython
from graph.endpoint.recovery.tagged_json import TaggedJson
from graph.endpoint.recovery.xml_tags import Frame, XmlTags

_QWEN_OPEN = ("<function=", "<function name=", "<functionname=")
_INVOKE = "<invoke name="
_K2_CALL = "<ifm|tool_call>"
_K3_CALL = "<|open|>call tool="

_TOOL_CALL = by_first(
    {
        "{": named("hermes", TaggedJson(("</tool_call>",))),
        "[": named("hermes", TaggedJson(("</tool_call>",))),
        **dict.fromkeys((*_QWEN_OPEN, _INVOKE), Frame((*_QWEN_OPEN, _INVOKE))),
        "<name>": named("name_tag", Headed("<name>", ("</name>", "<arguments>"), ("</arguments>",))),
        "": either(named("glm", Pairs()), named("pythonic", TaggedPython(("</tool_call>",), bound=True))),
    }
)


def _dsml(mark: str, gap: str, frames: tuple[str, ...], evidence: str) -> tuple[Convention, ...]:
    """DeepSeek's elements: a mark before the name of every tag, in V4.1 a space, too."""
    invoke = f"<{mark}{gap}invoke name="
    name = f"{mark.strip('｜').lower()}"
    parse = XmlTags(f"</{mark}{gap}invoke>", f"<{mark}{gap}parameter name=", f"</{mark}{gap}parameter>")
    return (
        Convention(name, (invoke,), parse, evidence),
        *(Convention(name, (f"<{mark}{each}>",), Frame((invoke,)), evidence, (f"</{mark}{each}>",)) for each in frames),
    )


ROWS: tuple[Convention, ...] = (
    Convention(
        "tool_call",
        ("<tool_call>",),
        repeated("<tool_call>", _TOOL_CALL),
        "JSON: Hermes, Qwen2.5, Qwen3, Trinity (V hermes; S hermes, qwen25, trinity), Granite 3.1 and 4 (V "
        "parser/granite, granite4), ERNIE 4.5 (V ernie45), xLAM (V xlam). XML: Qwen3-Coder, Qwen3.5, Step 3.5 and 3.7, "
        "MiMo, Nemotron 3, Nanbeige (V parser/qwen3, step3p5, mimo, nemotron_v3; S qwen3_coder). Pairs: GLM 4.5 to "
        "5.3, Ling 3, Laguna, Spark 2.5 (V parser/glm47_moe, parser/ling3, poolside_v1; S glm4_moe, glm47_moe, "
        "spark25), Hunyuan V3 (V hy_v3, S hunyuan).",
        ends=("</tool_call>",),
    ),
    Convention(
        "qwen3_coder",
        ("<function=",),
        XmlTags("</function>", "<parameter=", "</parameter>", framed=True),
        "Qwen3-Coder, also without the outer tag: V parser/qwen3. Llama 3.1 and Functionary 3.1 put JSON between the "
        "tags: L chat-parser.",
    ),
    Convention(
        "minicpm5",
        ("<function name=",),
        XmlTags("</function>", "<param name=", "</param>", xml=True),
        "MiniCPM 5: V minicpm5xml, S minicpm5.",
    ),
    Convention(
        "minicpm5",
        ("<functionname=",),
        XmlTags("</function>", "<paramname=", "</param>", xml=True),
        "The same with its spaces lost: V minicpm5xml.",
    ),
    Convention(
        "seed_oss",
        ("<seed:tool_call>",),
        Frame(("<function=",)),
        "Seed-OSS: V parser/seed_oss, L chat-parser.",
        ends=("</seed:tool_call>",),
    ),
    Convention(
        "invoke",
        (_INVOKE,),
        XmlTags("</invoke>", "<parameter name=", "</parameter>"),
        "MiniMax M2: V parser/minimax_m2, S minimax_m2, L unsloth-MiniMax-M2.jinja. dots: V dots, S dots.",
    ),
    Convention(
        "minimax_m2",
        ("<minimax:tool_call>",),
        Frame((_INVOKE,)),
        "The same.",
        ends=("</minimax:tool_call>",),
    ),
    Convention(
        "dots",
        ("<dots_function_call>",),
        by_first({_INVOKE: Frame((_INVOKE,)), "{": TaggedJson(("</dots_function_call>",))}),
        "The same; JSON instead of elements is met, too.",
        ends=("</dots_function_call>",),
    ),
    Convention(
        "function_calls",
        ("<function_calls>",),
        by_first(
            {
                _INVOKE: Frame((_INVOKE,)),
                "{": TaggedJson(("</function_calls>",)),
                "[": brackets(TaggedJson(("</function_calls>",)), TaggedPython(("</function_calls>",))),
                "": TaggedPython(("</function_calls>",)),
            }
        ),
        "OLMo 3: Python calls, one a line (V olmo3). `<invoke>` in it: DeepSeek V3.2 without its mark (V "
        "parser/deepseek_v32).",
        ends=("</function_calls>",),
    ),
    Convention(
        "minimax_m3",
        (nested_tags.INVOKE,),
        nested_tags.parse_invoke,
        "MiniMax M3; see `nested_tags`.",
    ),
    Convention(
        "minimax_m3",
        (f"{nested_tags.MARK}<tool_call>",),
        Frame((nested_tags.INVOKE,)),
        "The same.",
        ends=(f"{nested_tags.MARK}</tool_call>",),
    ),
    Convention(
        "muse_glimmer",
        ("<atem:invoke name=",),
        XmlTags("</atem:invoke>", "<atem:parameter name=", "</atem:parameter>"),
        "Muse Glimmer: V muse_glimmer, S muse_glimmer; its messages: see `harmony`.",
    ),
    Convention(
        "muse_glimmer",
        ("<atem:function_calls>",),
        Frame(("<atem:invoke name=",)),
        "The same.",
        ends=("</atem:function_calls>",),
    ),
    *_dsml(
        "｜DSML｜",
        "",
        ("function_calls", "tool_calls", "toolcalls", "tool"),
        "DeepSeek V3.2 and V4: V parser/deepseek_v32, deepseek_v4 (the last two frames are slips of V4); S deepseekv32 "
        "(also JSON as the body, and an element that closes itself).",
    ),
    *_dsml("｜DSML｜", " ", (" calls",), "DeepSeek V4.1: V parser/deepseek_v41, S deepseekv41."),
    *_dsml("｜GCML｜", "", ("tool_calls",), "GigaChat 3.5: S gigachat35."),
    Convention(
        "kimi_k3",
        (_K3_CALL,),
        XmlTags(
            "<|close|>call<|sep|>",
            "<|open|>argument key=",
            "<|close|>argument<|sep|>",
            header_end="<|sep|>",
            block=('<|open|>json type="object"<|sep|>', "<|close|>json<|sep|>"),
        ),
        "Kimi K3: V kimi_k3, S kimi_k3; JSON as the body: L Kimi-K3.jinja.",
    ),
    Convention(
        "kimi_k3",
        ("<|open|>tools<|sep|>",),
        Frame((_K3_CALL,)),
        "The same.",
        ends=("<|close|>tools<|sep|>", "<|close|>message<|sep|>", "<|end_of_msg|>"),
    ),
    Convention(
        "kimi_k3_frame",
        ("<|open|>response<|sep|>", "<|close|>response<|sep|>", "<|close|>message<|sep|>", "<|end_of_msg|>"),
        left_out,
        "The same; around an answer.",
    ),
    Convention(
        "hunyuan",
        ("<tool_call:",),
        parse_suffixed,
        "Hunyuan V3 and V4, whose tags end in a suffix of the checkpoint's (`:opensource`): V hy_v3, hy_v4; S hunyuan.",
    ),
    Convention("hunyuan", ("<tool_calls:",), parse_suffixed_frame, "The same."),
    Convention("iquest", ("<iquest_tool_call>",), Pairs("</iquest_tool_call>"), "IQuest Q1: S iquest_q1."),
    Convention(
        "k2_horizon",
        (_K2_CALL,),
        by_first(
            {
                "{": TaggedJson(("</ifm|tool_call>",)),
                "[": TaggedJson(("</ifm|tool_call>",)),
                "": Pairs("</ifm|tool_call>", "ifm|"),
            }
        ),
        "K2 Horizon, in its three forms: V k2_horizon, S k2_v3.",
    ),
    Convention("k2_horizon", ("<ifm|tool_calls>",), Frame((_K2_CALL,)), "The same.", ends=("</ifm|tool_calls>",)),
)
