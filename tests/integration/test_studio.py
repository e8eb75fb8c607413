"""LangGraph's own server serves the graph: everything that Studio asks for, asked over HTTP."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from langgraph_sdk import get_sync_client
from studio_server import StudioServer

from graph.endpoint.settings import DEFAULT_INSTRUCTIONS
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langgraph_sdk.client import SyncLangGraphClient

    from graph.testing import RecordedRequest, ScriptItem

pytestmark = [pytest.mark.studio, pytest.mark.timeout(300)]

KEY = "sk-studio-0123456789abcdef0123456789abcdef"


def model(request: RecordedRequest) -> ScriptItem:
    """What the emulated model says, by the last message, so that the tests do not depend on their order."""
    last = request.messages[-1]
    if last["role"] == "tool":
        return Reply(f"It is {last['content']}.")
    if product := re.search(r"\d+ \* \d+", last["content"]):
        return Reply(calls=[Call("calculator", {"expression": product[0]})])
    if last["content"] == "Be refused.":
        return Fault(status=401, message=f"Incorrect API key provided: {KEY}.", code="invalid_api_key")
    if last["content"] == "Stand still.":
        return Fault("stall")
    return Reply(f"You said: {last['content']}")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[EmulatedEndpoint]:
    with EmulatedEndpoint("openai", model) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def server(endpoint: EmulatedEndpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioServer]:
    """A server whose endpoint is named by the `.env` beside it, and by nothing else."""
    folder = tmp_path_factory.mktemp("studio")
    (folder / ".env").write_text(
        f"OPENAI_API_KEY={endpoint.api_key}\nOPENAI_API_BASE={endpoint.base_url}\nAGENT_MODEL={endpoint.model}\n"
        "AGENT_MAX_RETRIES=0\nAGENT_STREAM_TIMEOUT=3\n",
        encoding="utf-8",
    )
    server = StudioServer(folder)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def client(server: StudioServer) -> Iterator[SyncLangGraphClient]:
    with get_sync_client(url=server.wait_until_ready(), api_key=None) as client:
        yield client


@pytest.fixture(autouse=True)
def _log_on_failure(server: StudioServer, request: pytest.FixtureRequest) -> Iterator[None]:
    """Show what the server said during a test that failed."""
    failed, said = request.session.testsfailed, len(server.log)
    yield
    if request.session.testsfailed > failed:
        print(server.log[said:])  # noqa: T201 - pytest shows it with the failure


@pytest.fixture(scope="module")
def assistant(client: SyncLangGraphClient) -> str:
    (assistant,) = client.assistants.search(graph_id="portolan")
    return assistant["assistant_id"]


@pytest.fixture
def thread(client: SyncLangGraphClient) -> str:
    return client.threads.create()["thread_id"]


@pytest.fixture
def schemas(client: SyncLangGraphClient, assistant: str) -> dict[str, Any]:
    return client.assistants.get_schemas(assistant)


def asked(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


def test_one_assistant_is_offered(client: SyncLangGraphClient) -> None:
    (assistant,) = client.assistants.search()
    assert assistant["name"] == assistant["graph_id"] == "portolan"
    assert assistant["description"]


@pytest.mark.parametrize("xray", [False, True])
def test_the_graph_is_drawn_as_it_runs(client: SyncLangGraphClient, assistant: str, xray: bool) -> None:
    drawn = client.assistants.get_graph(assistant, xray=xray)
    assert {node["id"] for node in drawn["nodes"]} == {"__start__", "model", "tools", "repair", "__end__"}
    edges = {(edge["source"], edge["target"], edge.get("conditional", False)) for edge in drawn["edges"]}
    assert edges == {
        ("__start__", "model", False),
        ("model", "tools", True),
        ("model", "repair", True),
        ("model", "__end__", True),
        ("tools", "model", True),
        ("repair", "model", False),
    }
    assert len(drawn["edges"]) == len(edges)
    assert client.assistants.get_subgraphs(assistant) == {}


@pytest.mark.parametrize("which", ["input_schema", "output_schema"])
def test_a_run_takes_and_gives_messages_alone(schemas: dict[str, Any], which: str) -> None:
    assert list(schemas[which]["properties"]) == ["messages"]
    assert schemas[which]["properties"]["messages"]["type"] == "array"
    assert "#/$defs/HumanMessage" in str(schemas[which]["properties"]["messages"])


@pytest.mark.parametrize("which", ["context_schema", "config_schema"])
def test_the_context_is_a_form(schemas: dict[str, Any], endpoint: EmulatedEndpoint, which: str) -> None:
    fields = schemas[which]["properties"]
    assert all(field["description"] and field["title"] and field["langgraph_nodes"] for field in fields.values())
    assert {name: field["type"] for name, field in fields.items()} == {  # no choice of types: each has a form field
        "instructions": "string",
        "model": "string",
        "temperature": "number",
        "max_tokens": "integer",
        "max_turns": "integer",
        "max_run_tokens": "integer",
        "tool_choice": "string",
    }
    assert fields["instructions"]["langgraph_type"] == "prompt"
    assert fields["instructions"]["langgraph_nodes"] == ["model"]
    assert fields["instructions"]["default"] == DEFAULT_INSTRUCTIONS
    assert fields["model"]["default"] == endpoint.model
    assert (fields["temperature"]["minimum"], fields["temperature"]["maximum"]) == (0, 2)
    assert "default" not in fields["temperature"]
    assert "default" not in fields["max_run_tokens"]
    assert (fields["max_turns"]["minimum"], fields["max_turns"]["maximum"], fields["max_turns"]["default"]) == (
        1,
        1000,
        25,
    )
    assert fields["tool_choice"]["enum"] == ["auto", "none"]
    assert "required" not in schemas[which]


def test_a_run_is_streamed_to_its_end(
    client: SyncLangGraphClient, assistant: str, thread: str, endpoint: EmulatedEndpoint
) -> None:
    before = len(endpoint.bodies)
    modes = ["messages-tuple", "values", "updates"]
    context = {"instructions": "Be brief.", "temperature": 0.25, "max_tokens": 99}
    parts = list(
        client.runs.stream(thread, assistant, input=asked("What is 23 * 19?"), stream_mode=modes, context=context)
    )

    messages = [part.data[0] for part in parts if part.event == "messages"]
    tokens = [m["content"] for m in messages if m["type"] == "AIMessageChunk" and m["content"]]
    assert len(tokens) > 1
    assert "".join(tokens) == "It is 437."
    assert [m["content"] for m in messages if m["type"] == "tool"] == ["437"]
    assert [list(part.data) for part in parts if part.event == "updates"] == [["model"], ["tools"], ["model"]]
    final = [part.data for part in parts if part.event == "values"][-1]
    assert [m["type"] for m in final["messages"]] == ["human", "ai", "tool", "ai"]
    assert final["messages"][1]["tool_calls"][0]["args"] == {"expression": "23 * 19"}
    assert final["messages"][2]["tool_call_id"] == final["messages"][1]["tool_calls"][0]["id"]
    assert set(final) == {"messages"}

    sent = endpoint.bodies[before:]
    assert len(sent) == 2
    assert {(body["temperature"], body["messages"][0]["content"]) for body in sent} == {(0.25, "Be brief.")}
    assert all(99 in (body.get("max_tokens"), body.get("max_completion_tokens")) for body in sent)


def test_the_thread_keeps_its_history(client: SyncLangGraphClient, assistant: str, thread: str) -> None:
    client.runs.wait(thread, assistant, input=asked("What is 6 * 7?"))
    history = client.threads.get_history(thread, limit=20)
    assert [state["next"] for state in history] == [[], ["model"], ["tools"], ["model"], ["__start__"]]
    for state, parent in itertools.pairwise(history):
        assert state["parent_checkpoint"]["checkpoint_id"] == parent["checkpoint"]["checkpoint_id"]
    state = client.threads.get_state(thread)
    assert state["checkpoint"] == history[0]["checkpoint"]
    assert state["values"]["messages"][-1]["content"] == "It is 42."

    again = client.runs.wait(thread, assistant, input=asked("And 7 * 8?"))
    assert [m["type"] for m in again["messages"]] == ["human", "ai", "tool", "ai"] * 2
    assert again["messages"][-1]["content"] == "It is 56."


def test_an_edited_message_is_run_again_from_its_place(
    client: SyncLangGraphClient, assistant: str, thread: str
) -> None:
    client.runs.wait(thread, assistant, input=asked("What is 6 * 7?"))
    start = next(s for s in client.threads.get_history(thread, limit=20) if s["metadata"]["step"] == 0)
    edited = {**start["values"]["messages"][0], "content": "What is 6 * 8?"}
    fork = client.threads.update_state(
        thread, {"messages": [edited]}, as_node="__start__", checkpoint_id=start["checkpoint"]["checkpoint_id"]
    )
    done = client.runs.wait(thread, assistant, input=None, checkpoint_id=fork["checkpoint"]["checkpoint_id"])
    assert [m["content"] for m in done["messages"] if m["type"] == "human"] == ["What is 6 * 8?"]
    assert done["messages"][-1]["content"] == "It is 48."


class Failure(NamedTuple):
    """What makes a run fail, and what the client is told."""

    text: str
    context: dict[str, Any]
    error: str
    sentence: str


@pytest.mark.parametrize(
    "failure",
    [
        Failure("Be refused.", {}, "AuthenticationError", r"key.*gpt-4\.1-mini at http.*HTTP 401"),
        Failure("Stand still.", {}, "EndpointTimeoutError", r"gpt-4\.1-mini at http"),
        Failure("What is 2 * 2?", {"max_turns": 1}, "TurnLimitError", r"limit of a run.*AGENT_MAX_TURNS"),
        Failure("Hello", {"temperature": 3}, "SettingsError", r"context.*temperature.*less than or equal to 2"),
    ],
    ids=lambda failure: failure.error,
)
def test_a_run_that_fails_says_why_and_leaves_the_thread_usable(
    client: SyncLangGraphClient, assistant: str, thread: str, failure: Failure
) -> None:
    question = asked(failure.text)
    run = {"input": question, "stream_mode": "messages-tuple", "context": failure.context}
    parts = list(client.runs.stream(thread, assistant, **run))
    assert [part.event for part in parts].index("error") == len(parts) - 1
    error = parts[-1].data
    assert error["error"] == failure.error
    assert re.search(failure.sentence, error["message"], re.DOTALL)
    assert KEY not in str(parts)
    assert client.threads.get(thread)["status"] == "error"

    after = client.runs.wait(thread, assistant, input=asked("What is 3 * 5?"))
    assert after["messages"][-1]["content"] == "It is 15."
    assert client.threads.get(thread)["status"] == "idle"
