"""An adapter that is asked once, and endpoints that refuse it in given words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph import Endpoint, Settings
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.connect import profile_overrides
from graph.testing import EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from lesson_cases import Case

    from graph.testing import RecordedRequest


def adapter(endpoint: EmulatedEndpoint, **settings: Any) -> ChatEndpoint:
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    given = Settings(**({"max_retries": 0} | settings))
    return ChatEndpoint.at(where, given, profile_overrides=profile_overrides(given))


def ask(model: ChatEndpoint, case: Case, *, stream: bool) -> str:
    if not stream:
        return model.invoke(case.messages, **case.options).text
    return "".join(chunk.text for chunk in model.stream(case.messages, **case.options))


def refuse(words: str, status: int = 400) -> Fault:
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": None}
    return Fault(status=status, body={"error": error})


def taught(case: Case, reply: str = "Understood.") -> Any:
    """An endpoint's script: it refuses the very first request, and then answers."""
    state = {"refused": False}

    def say(_: RecordedRequest) -> Any:
        if not state["refused"]:
            state["refused"] = True
            return refuse(case.says, case.status)
        return Reply(reply)

    return say
