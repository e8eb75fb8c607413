"""An error may come as an event, or in a reply of 200; nothing else is taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from graph.endpoint.refusals import is_error_event

EVENTS_OK: list[Any] = [
    {"id": "c", "object": "chat.completion.chunk", "choices": [{"delta": {"content": "a"}, "index": 0}], "usage": None},
    {"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 3}},
    {"id": "c", "object": "chat.completion", "choices": [{"message": {"content": "", "refusal": None}}], "error": None},
    {"choices": [{"delta": {}, "finish_reason": "stop"}], "code": 0, "message": "success"},
    {"choices": [{"delta": {"content": "x"}}], "base_resp": {"status_code": 0, "status_msg": ""}},
    {"code": 200, "message": "ok"},
    {"code": None, "message": None, "choices": None},
    {"id": "r", "object": "response", "status": "completed", "error": None, "output": []},
    {"type": "response.output_text.delta", "delta": "a"},
    {"object": "list", "data": []},
    {"error": {}, "choices": [{"delta": {"content": "x"}}]},
    {},
    [],
    "data",
    None,
]
EVENTS_BAD: list[Any] = [
    {"error": {"message": "no"}},
    {"error": "no"},
    {"object": "error", "message": "no", "code": 400},
    {"code": "InvalidParameter", "message": "no", "request_id": "r"},
    {"code": 20015, "message": "no", "data": None},
    {"code": 500, "msg": "no"},
    {"error": {"code": 502, "message": "no"}, "choices": [{"delta": {"content": ""}, "finish_reason": "error"}]},
    {"choices": [{"error": {"code": 502, "message": "no"}, "finish_reason": "error"}]},
    {"id": "r", "status": "failed", "error": {"code": "server_error"}},
    {"type": "response.failed", "response": {"status": "failed"}},
    {"type": "error", "message": "no"},
    {"base_resp": {"status_code": 1002, "status_msg": "no"}, "choices": None},
    {"error_code": 110, "error_msg": "no"},
    {"detail": "no"},
]


@pytest.mark.parametrize("event", EVENTS_OK)
def test_an_ordinary_event_is_no_error(event: Any) -> None:
    assert not is_error_event(event)


@pytest.mark.parametrize("event", EVENTS_BAD)
def test_an_error_in_a_reply_of_200_is_seen(event: Any) -> None:
    assert is_error_event(event)
