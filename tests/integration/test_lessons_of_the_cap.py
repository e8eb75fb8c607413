"""Prompt and cap that are counted together: a smaller cap helps, and the prompt is not blamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

    from graph.testing import RecordedRequest

WINDOW, PROMPT = 4096, 74


def tgi(cap: int) -> Any:
    given = f"Given: {PROMPT} `inputs` tokens and {cap} `max_new_tokens`"
    words = f"Input validation error: `inputs` tokens + `max_new_tokens` must be <= {WINDOW}. {given}"
    return 422, {"error": words, "error_type": "validation"}


def cerebras(cap: int) -> Any:
    words = f"Please reduce the length of the messages or completion. Current length is {PROMPT + cap} while limit is"
    error = {"message": f"{words} {WINDOW}", "type": "invalid_request_error", "param": "messages"}
    return 400, {**error, "code": "context_length_exceeded"}


def siliconflow(cap: int) -> Any:
    words = f"max_total_tokens ({PROMPT + cap}) must be less than or equal to max_seq_len ({WINDOW})."
    return 400, {"code": 20015, "message": words, "data": None}


@pytest.mark.parametrize("refusal", [tgi, cerebras, siliconflow])
def test_a_smaller_cap_is_sent_and_the_window_known(
    refusal: Callable[[int], Any], run: Run, build: Callable[..., Any]
) -> None:
    def say(request: RecordedRequest) -> Fault | Reply:
        cap = request.body["max_tokens"]
        if PROMPT + cap <= WINDOW:
            return Reply("Understood.")
        status, body = refusal(cap)
        return Fault(status=status, body=body)

    with EmulatedEndpoint("hostile", say) as endpoint:
        graph = build(endpoint, max_tokens=4096)
        assert run(graph, "Hi")[-1].text == "Understood."
        first, second = (request.body["max_tokens"] for request in endpoint.requests)
        assert first == WINDOW
        assert WINDOW // 2 < second <= WINDOW - PROMPT
        assert run(graph, "Hi")[-1].text == "Understood."
        assert len(endpoint.requests) == 3
