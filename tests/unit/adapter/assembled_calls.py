"""Calls put together from pieces, what LangChain makes of what is shown of them, and any arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk

from graph.endpoint.calls import CallAssembler

if TYPE_CHECKING:
    from graph.endpoint.reply import BrokenCall, Call, Delta

NAMES = ("add", "read", "read_file", "now")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.text(max_size=8)
    | st.sampled_from(['"}', "{", "\\", "]}", "é{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "path", "q{"]), JSON, max_size=3)


def assembled(raw: list[dict[str, Any]], cut: str = "") -> tuple[list[Call | BrokenCall], list[Delta]]:
    assembler = CallAssembler(NAMES)
    deltas = [delta for piece in raw for delta in assembler.delta(piece)]
    ended = list(assembler.finish(cut=cut))
    return [call for call, _ in ended], [*deltas, *(delta for _, delta in ended)]


def merged(deltas: list[Delta]) -> AIMessageChunk:
    """What LangChain makes of the deltas that are shown."""
    whole = AIMessageChunk("")
    for delta in deltas:
        if delta.call_index is not None:
            piece = tool_call_chunk(
                name=delta.call_name, args=delta.arguments, id=delta.call_id, index=delta.call_index
            )
            whole += AIMessageChunk("", tool_call_chunks=[piece])  # type: ignore[assignment]
    return whole + AIMessageChunk("", chunk_position="last")  # type: ignore[return-value]
