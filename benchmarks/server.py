"""A minimal Chat Completions server, so that what is measured is the client. Prints its port, serves until killed.

The model's name says what it does: `turns-20` calls `add` twenty times in a row and then answers, `stream-500` answers
in 500 tokens.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

_PAUSE_S = 0.0005
"""Between two streamed tokens, so that each arrives by itself, as it does from a model."""

_USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}


def _reply(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    kind, _, number = body["model"].partition("-")
    results = 0
    for message in reversed(body["messages"]):
        if message["role"] == "user":
            break
        results += message["role"] == "tool"
    if kind == "turns" and results < int(number):
        function = {"name": "add", "arguments": json.dumps({"a": results, "b": 1})}
        # Ids that a thread never sees twice.
        call = {"id": f"call_{len(body['messages'])}", "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
    count = int(number) if kind == "stream" else 10
    return {"role": "assistant", "content": "token " * count}, "stop"


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    message, reason = _reply(body)
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return {**head, "choices": [choice], "usage": _USAGE}


def _events(body: dict[str, Any]) -> list[dict[str, Any]]:
    message, reason = _reply(body)
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if calls := message.get("tool_calls"):
        deltas.append({"tool_calls": [{"index": 0, **calls[0]}]})
    else:
        deltas += [{"content": f"{word} "} for word in message["content"].split()]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    events = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    return [*events, {**head, "choices": [], "usage": _USAGE}]


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            body = json.loads(await reader.readexactly(length))
            if body.get("stream"):
                await _stream(writer, body)
            else:
                data = json.dumps(_whole(body)).encode()
                start = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
                writer.write(start.encode() + data)
                await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _stream(writer: asyncio.StreamWriter, body: dict[str, Any]) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for event in [*map(json.dumps, _events(body)), "[DONE]"]:
        data = f"data: {event}\n\n".encode()
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()
        await asyncio.sleep(_PAUSE_S)
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", limit=1 << 26)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
