"""Refusals that no other try helps against, behind statuses that are mostly tried again: one request, and a remedy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from graph.errors import ModelNotFoundError, PortolanError, QuotaError, RefusedRequestError, ServerError
from graph.testing import EmulatedEndpoint, Raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Run

TPM = "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 30601."
SPENT = "Your team 16f2 has either used all available credits or reached its monthly spending limit."
NULL = "Expected 'content' to be a string or an array"

CASES: dict[str, tuple[int, Any, type[PortolanError], str]] = {
    "openai-tpm": (429, {"error": {"message": TPM, "type": "tokens"}}, RefusedRequestError, "AGENT_MAX_TOKENS"),
    "xai-credits": (429, {"code": "Some resource has been exhausted", "error": SPENT}, QuotaError, "billing"),
    "one-api-model": (
        503,
        {"error": {"message": "当前分组 default 下对于模型 gpt-9 无可用渠道 (request id: 2)", "type": "one_api_error"}},
        ModelNotFoundError,
        "AGENT_MODEL",
    ),
    "llama.cpp-content": (
        500,
        {"error": {"code": 500, "message": NULL, "type": "server_error"}},
        RefusedRequestError,
        "refused again",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_said_after_one_request(name: str, run: Run, build: Callable[..., Any]) -> None:
    status, body, kind, remedy = CASES[name]
    refusal = Raw(json.dumps(body).encode(), status=status)
    with EmulatedEndpoint("hostile", lambda _: refusal) as endpoint:
        with pytest.raises(PortolanError) as caught:
            run(build(endpoint, max_retries=3), "Hi")
        assert type(caught.value) is kind
        assert remedy in caught.value.remedy
        assert len(endpoint.requests) == 1


def test_a_server_that_says_so_is_not_asked_again(run: Run, build: Callable[..., Any]) -> None:
    failed = Raw(b'{"error": {"message": "It will not pass."}}', status=500, headers={"x-should-retry": "false"})
    with EmulatedEndpoint("openai", [failed]) as endpoint:
        with pytest.raises(ServerError, match="It will not pass"):
            run(build(endpoint, max_retries=3), "Hi")
        assert len(endpoint.requests) == 1
