"""Caps that are too large beside the prompt, or not taken at all: another one helps, and the prompt is not blamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.endpoint import expectation, store
from graph.endpoint.knowledge import forget_learned
from graph.errors import BrokenReplyError, ContextOverflowError, RefusedRequestError
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

    from graph.testing import RecordedRequest

WINDOW, PROMPT = 4096, 74
NEWER = "max_completion_tokens"


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


def refuse(message: str) -> Fault:
    return Fault(
        status=400, body={"error": {"message": message, "type": "BadRequestError", "param": None, "code": 400}}
    )


@pytest.mark.parametrize("blank", [" ", ""])
def test_the_cap_alone_fills_the_window_of_vllm(blank: str, run: Run, build: Callable[..., Any]) -> None:
    """With and without the blank: https://github.com/vllm-project/vllm/pull/40324."""

    def say(request: RecordedRequest) -> Fault | Reply:
        cap = request.body["max_tokens"]
        words = f"{blank}cannot be greater than max_model_len=max_total_tokens={WINDOW}. Please request fewer output"
        return refuse(f"max_tokens={cap}{words} tokens.") if cap > WINDOW - PROMPT else Reply("Understood.")

    with EmulatedEndpoint("hostile", say) as endpoint:
        graph = build(endpoint, tools=[], max_tokens=WINDOW)
        assert run(graph, "Hi")[-1].text == "Understood."
        assert run(graph, "Hi")[-1].text == "Understood."
        assert [request.body["max_tokens"] for request in endpoint.requests] == [WINDOW, WINDOW // 2, WINDOW // 2]


@pytest.mark.parametrize(("cap", "prompt"), [(WINDOW, PROMPT), (2048, 3000)])
def test_a_prompt_that_is_not_counted_to_its_end(cap: int, prompt: int, run: Run, build: Callable[..., Any]) -> None:
    """Only to one token past what the cap leaves, as vLLM 0.20: https://github.com/vllm-project/vllm/issues/42474."""

    def say(request: RecordedRequest) -> Fault | Reply:
        asked = request.body["max_tokens"]
        if prompt + asked <= WINDOW:
            return Reply("Understood.")
        least = WINDOW - asked + 1
        return refuse(
            f"This model's maximum context length is {WINDOW} tokens. However, you requested {asked} output tokens and "
            f"your prompt contains at least {least} input tokens, for a total of at least {WINDOW + 1} tokens. Please "
            "reduce the length of the input prompt or the number of requested output tokens. "
            f"(parameter=input_tokens, value={least})"
        )

    with EmulatedEndpoint("hostile", say) as endpoint:
        assert run(build(endpoint, tools=[], max_tokens=cap), "Hi")[-1].text == "Understood."
        assert len(endpoint.requests) == 2
        assert endpoint.requests[1].body["max_tokens"] == cap // 2


def takes_no_cap(request: RecordedRequest) -> Fault | Reply:
    if "max_tokens" in request.body:
        return refuse("Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.")
    if "max_completion_tokens" in request.body:
        return refuse("Unrecognized request argument supplied: max_completion_tokens")
    return Reply("Understood.")


def test_neither_name_of_the_cap_is_taken(
    run: Run, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("hostile", takes_no_cap) as endpoint:
        assert run(build(endpoint), "Hi")[-1].text == "Understood."
        assert len(endpoint.requests) == 3
        assert store.load(endpoint.base_url, endpoint.model)["token_cap"].value == "none"
        assert "takes no cap on the reply" in caplog.text
        forget_learned()  # as a process that starts later
        assert run(build(endpoint), "Hi")[-1].text == "Understood."
        assert len(endpoint.requests) == 4
        assert not {"max_tokens", "max_completion_tokens"} & endpoint.requests[-1].body.keys()


def test_each_name_refused_for_ever_is_three_requests(run: Run, build: Callable[..., Any]) -> None:
    """Without a cap it is refused as well, in the words of one of the names: all that is taken back."""

    def say(request: RecordedRequest) -> Fault:
        answer = takes_no_cap(request)
        return answer if isinstance(answer, Fault) else refuse("Unrecognized request argument supplied: " + NEWER)

    with EmulatedEndpoint("hostile", say) as endpoint:
        graph = build(endpoint)
        for requests in (3, 6):
            with pytest.raises(RefusedRequestError):
                run(graph, "Hi")
            assert len(endpoint.requests) == requests
            assert store.load(endpoint.base_url, endpoint.model) == {}


def test_a_cap_that_is_not_taken_bounds_the_reply_all_the_same(
    run: Run, build: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply is broken off far past the cap, as where the cap is ignored."""
    monkeypatch.setattr(expectation, "_SLACK_CHARS", 100)

    def say(request: RecordedRequest) -> Fault | Reply:
        answer = takes_no_cap(request)
        return answer if isinstance(answer, Fault) else Reply("word " * 200)

    with EmulatedEndpoint("hostile", say) as endpoint, pytest.raises(BrokenReplyError):
        run(build(endpoint, tools=[], max_tokens=16, max_repairs=0), "Hi")


@pytest.mark.parametrize(
    "words",
    [
        "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
        "prompt token count of 130000 exceeds the limit of 128000",
        "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 512 `max_new_tokens`",
    ],
)
def test_no_cap_helps_a_prompt_that_is_too_long_by_itself(words: str, run: Run, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("hostile", lambda _: refuse(words)) as endpoint:
        with pytest.raises(ContextOverflowError):
            run(build(endpoint, tools=[], max_tokens=4096), "Hi")
        assert len(endpoint.requests) == 1
