"""What a model wrote, read as a reply, where the server could make no call of it and refuses the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.endpoint.assemble import ReplyAssembler

if TYPE_CHECKING:
    from graph.endpoint.expectation import Expectation
    from graph.endpoint.refusals import ProviderError
    from graph.endpoint.reply import Delta, Reply


def read_written(refusal: ProviderError, expectation: Expectation, endpoint: str) -> list[Delta | Reply] | None:
    """Return the deltas and the reply, or None if the refusal is another one.

    Groq answers so, with status 400, the code `tool_use_failed` and the text as `failed_generation`
    (https://console.groq.com/docs/tool-use). It is the model's fault and not the request's: what can be recovered from
    the text runs, and else the reply is broken, so that it may be asked for again.

    Args:
        refusal: What the server said.
        expectation: How a reply to the request is read.
        endpoint: Model and base URL, for people.
    """
    if refusal.code != "tool_use_failed" or not refusal.failed_generation:
        return None
    assembler = ReplyAssembler(expectation)
    message = {"role": "assistant", "content": refusal.failed_generation}
    # The finish reason promises a call, so that a text that holds none is no answer.
    deltas = list(assembler.feed({"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}))
    deltas += assembler.finish(ended=True, streamed=False)
    reply = assembler.reply
    if reply is None:
        return None
    if reply.fault:
        reply.metadata["endpoint"] = endpoint
        deltas = [delta for delta in deltas if delta.call_index is not None]
    return [*deltas, reply]
