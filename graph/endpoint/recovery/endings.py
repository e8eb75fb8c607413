"""What ends a call without a closing tag of its own: its line, its fence, or a stop token that stayed in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.endpoint.recovery.convention import Match, Site, broken
from graph.endpoint.recovery.source import Source, Steps, match_end, match_one, peek, skip_space

if TYPE_CHECKING:
    from graph.endpoint.recovery.results import Call

END_TOKENS = (
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|endoftext|>", "</s>", "<end_of_turn>", "<turn|>",
    "<|end|>", "<|return|>", "<|call|>", "<｜end▁of▁sentence｜>", "[EOS]", "<eos>", "<|end_of_turn_token|>", "<|eot|>",
    "<|observation|>", "<|user|>", "[e~[", "<|tool_response>", "<start_function_response>",
)  # fmt: skip
"""Stop tokens that some servers leave in the text.

The last three stand behind a call in the models' templates: MiniMax M2's `[e~[` ends every message (L
unsloth-MiniMax-M2.jinja; for the names of the sources see `table`); Gemma 4 and FunctionGemma stop at the token that
opens a tool's response (L gemma4.jinja, where it follows a call; FunctionGemma's template as LiteRT-LM tests it,
`FunctionGemmaRenderTemplateTest`). All read on 2026-11-28.
"""

STRAY_ENDS = (
    "</function>", "</functions>", "</tools>", "</tool>", "</tool_response>", "</tool_result>", "</response>",
    "</json>", "</xml>", "</arguments>",
)  # fmt: skip
"""What models write for the closing tag of a call at times."""


def ends_line(source: Source, at: int) -> Steps[bool]:
    """Whether nothing but an end token stands behind a call on its line."""
    while (char := (yield from peek(source, at))) in {" ", "\t", ";"}:
        at += 1
    if char in {"", "\n", "\r"}:
        return True
    return (yield from match_end(source, at, ("</tool_call>", "<|tool_call_end|>", *END_TOKENS))) is not None


def end_block(site: Site, calls: list[Call], end: int, fence: str | None) -> Steps[Match | None]:
    """See that the block ends where the call does."""
    source = site.source
    if fence is None:
        return Match(end, tuple(calls)) if (yield from ends_line(source, end)) else None
    after = yield from skip_space(source, end)
    if (yield from match_one(source, after, (fence,))):
        return Match(after + len(fence), tuple(calls))
    rest = source.text[after:]
    if not source.closed or not (fence.startswith(rest) or not rest.strip("`")):
        return None
    if source.cut_by_length:
        reason = "the reply reached its length limit before the call was closed"
        calls = [*calls[:-1], broken(site, site.start, len(source.text), reason, calls[-1].name)]
    return Match(len(source.text), tuple(calls))
