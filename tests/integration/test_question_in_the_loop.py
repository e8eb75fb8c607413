"""The question for a word, RUN or TEXT, among all else that a loop does: edits, copies, budgets, failures, wrappers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import ConfigurableField
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from shown_calls import FENCED, MAIL, MARKED, MODES, TOOLS, notes, sent

from graph import Agent, Settings, build_graph
from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.notes import ask_run_or_text
from graph.testing import Call, EmulatedEndpoint, Fault, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

LEAD = "Here is the JSON:\n\n"
PROMPT = "Write a sample mail in JSON that says hi to bob@example.org."
CONFIG: dict[str, Any] = {"configurable": {"thread_id": "1"}}
HI, BYE = "bob@example.org: hi", "bob@example.org: bye"


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


def usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def adapter(endpoint: EmulatedEndpoint, **fields: Any) -> ChatEndpoint:
    return ChatEndpoint(
        model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key, max_tokens=512, **fields
    )


def graph_of(model: Any) -> Any:
    return build_graph(Agent(tools=TOOLS, endpoint=model), settings=Settings())


PAGE = Reply(calls=[Call("read_page", {"url": "https://example.org"})])


@pytest.mark.parametrize("begun", [[], [PAGE]])
@pytest.mark.parametrize("word", ["RUN", "It is sunny."])
def test_an_edit_of_the_thread_ends_it(word: str, begun: list[Reply], build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [*begun, Reply(FENCED), Reply(word)]) as endpoint:
        graph = build(endpoint, TOOLS, checkpointer=InMemorySaver())
        graph.invoke({"messages": [HumanMessage(PROMPT, id="u1")]}, CONFIG, interrupt_after=["repair"])
        edit = {"messages": [HumanMessage("How is the weather?", id="u1")]}
        graph.update_state(CONFIG, edit, as_node="repair")
        messages = graph.invoke(None, CONFIG)["messages"]
        assert (sent, messages[-1].text) == ([], word)
        assert "RUN or TEXT" not in notes(endpoint)[-1]
        assert graph.get_state(CONFIG).values.get("repair") is None


def test_another_message_ends_it(build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply("RUN")]) as endpoint:
        graph = build(endpoint, TOOLS, checkpointer=InMemorySaver())
        graph.invoke({"messages": [("user", PROMPT)]}, CONFIG, interrupt_after=["repair"])
        messages = graph.invoke({"messages": [("user", "How is the weather?")]}, CONFIG)["messages"]
        assert (sent, messages[-1].text) == ([], "RUN")
        assert graph.get_state(CONFIG).values.get("repair") is None


@pytest.mark.parametrize("copied", [False, True])
def test_the_reply_in_question_survives_a_stop_and_a_copy_as_json(copied: bool, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(LEAD + FENCED), Reply("RUN"), Reply("Done.")]) as endpoint:
        graph = build(endpoint, TOOLS, checkpointer=InMemorySaver())
        graph.invoke({"messages": [("user", PROMPT)]}, CONFIG, interrupt_after=["repair"])
        values = graph.get_state(CONFIG).values
        assert [message.text for message in values["messages"]] == [PROMPT]
        if copied:
            graph.update_state(CONFIG, {"repair": json.loads(json.dumps(values["repair"]))}, as_node="repair")
        messages = graph.invoke(None, CONFIG)["messages"]
        assert "kept" not in (graph.get_state(CONFIG).values.get("repair") or {})
    assert (sent, messages[-1].text) == ([HI], "Done.")


@MODES
@pytest.mark.parametrize(
    "second",
    [
        Reply(""),
        Fault("refuse", error="server", headers={"retry-after": "0"}),
        Fault("error-event", Reply("RUN and more of it"), error="server", after=6),
        Fault("error-event", Reply("RUN or TEXT, RUN", reasoning="Hm."), error="server", after=5),
    ],
)
@pytest.mark.parametrize("word", ["RUN", "TEXT"])
def test_a_reply_that_fails_on_the_way_loses_nothing(
    word: str, second: Reply | Fault, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    done = [Reply("Done.")] if word == "RUN" else []
    with EmulatedEndpoint("vllm-0.32", [Reply(LEAD + FENCED), second, Reply(word), *done]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), PROMPT)
    assert (sent, messages[-1].text) == (([HI], "Done.") if done else ([], LEAD + FENCED))


@MODES
def test_a_settled_reply_says_what_all_of_them_cost(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    script = [Reply("", usage=usage(90, 0)), Reply(FENCED, usage=usage(100, 10)), Reply("TEXT", usage=usage(120, 1))]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        reply = runner(mode)(build(endpoint, TOOLS, max_run_tokens=10_000), PROMPT)[-1]
    assert (reply.text, reply.usage_metadata["total_tokens"]) == (FENCED, 121)
    assert reply.response_metadata["tokens_taken_out"] == 200


@MODES
def test_it_counts_once_against_the_budget(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    script = [Reply(FENCED, usage=usage(100, 10)), Reply("RUN", usage=usage(120, 1)), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_run_tokens=10_000), PROMPT)
    assert messages[1].usage_metadata["total_tokens"] == 121
    assert messages[1].response_metadata["tokens_taken_out"] == 110
    assert "tokens_taken_out" not in messages[-1].response_metadata


@MODES
@pytest.mark.parametrize("limit", [110, 150, 209])
def test_it_is_not_asked_where_the_budget_has_no_room_for_it(
    limit: int, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(LEAD + FENCED, usage=usage(100, 10))]) as endpoint:
        reply = runner(mode)(build(endpoint, TOOLS, max_run_tokens=limit), PROMPT)[-1]
    assert (sent, reply.text) == ([], LEAD + FENCED)
    assert not {"fault", "held_back", "doubted_calls"} & reply.response_metadata.keys()


@MODES
def test_it_is_the_answer_where_no_word_came_and_the_budget_is_spent(
    mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(LEAD + FENCED, usage=usage(100, 10)), Reply("", usage=usage(120, 0))]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        reply = runner(mode)(build(endpoint, TOOLS, max_run_tokens=229), PROMPT)[-1]
    assert (sent, reply.text) == ([], LEAD + FENCED)


def _bound(model: ChatEndpoint) -> Any:
    return model.bind(temperature=0.3, stop=["END"])


def _configured(model: ChatEndpoint) -> Any:
    return model.with_config(tags=["mail"])


def _configurable(model: ChatEndpoint) -> Any:
    return model.configurable_fields(temperature=ConfigurableField("temperature"))


def _with_substitute(model: ChatEndpoint) -> Any:
    return model.with_fallbacks([model.model_copy()])


def _with_alternative(model: ChatEndpoint) -> Any:
    return model.configurable_alternatives(ConfigurableField("model"), default_key="one", other=model.model_copy())


def _retried(model: ChatEndpoint) -> Any:
    return model.bind_tools(TOOLS).with_retry()


def _forced(model: ChatEndpoint) -> Any:
    return model.bind_tools(TOOLS, tool_choice="any")


@MODES
@pytest.mark.parametrize(
    "wrap", [_bound, _configured, _configurable, _with_substitute, _with_alternative, _retried, _forced]
)
def test_it_is_asked_within_what_was_put_around_the_adapter(
    wrap: Callable[[ChatEndpoint], Any], mode: str, runner: Any
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(MARKED), Reply(MARKED)]) as endpoint:
        messages = runner(mode)(graph_of(wrap(adapter(endpoint))), PROMPT)
        assert [note.endswith("RUN or TEXT.") for note in notes(endpoint)] == [True]
        bound = [(body.get("temperature"), body.get("stop"), len(body["tools"])) for body in endpoint.bodies]
        assert not any("tool_choice" in body for body in endpoint.bodies)
    assert (sent, messages[-1].text) == ([], MARKED)
    assert bound == [(0.3, ["END"], 2) if wrap is _bound else (None, None, 2)] * 2


@pytest.mark.parametrize("stock", [False, True])
def test_what_was_bound_goes_with_every_request(stock: bool) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("Hello.")]) as endpoint:
        model: Any = adapter(endpoint)
        if stock:
            model = ChatOpenAI(
                model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key, max_tokens=512
            )
        bound = model.bind(stop=["END"], tool_choice="none").with_config(tags=["mail"])
        graph_of(bound).invoke({"messages": [("user", "hi")]})
        body = endpoint.bodies[0]
    assert (body["stop"], body["tool_choice"], len(body["tools"])) == (["END"], "none", 2)


def test_the_choice_of_a_run_reaches_an_adapter_with_something_around_it() -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("Hello.")]) as endpoint:
        graph_of(_bound(adapter(endpoint))).invoke({"messages": [("user", "hi")]}, context={"tool_choice": "none"})
        assert endpoint.bodies[0]["tool_choice"] == "none"


def test_what_was_made_configurable_reaches_the_model() -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply("Hello.")]) as endpoint:
        config: dict[str, Any] = {"configurable": {"temperature": 0.7}}
        graph_of(_configurable(adapter(endpoint))).invoke({"messages": [("user", "hi")]}, config)
        assert endpoint.bodies[0]["temperature"] == 0.7


@pytest.mark.parametrize("reply", ["RUN", "RUN it please", "TEXT"])
def test_who_says_it_to_the_bare_adapter_gets_its_answer(reply: str) -> None:
    question = ask_run_or_text([{"name": "send_email", "arguments": "{}"}])
    with EmulatedEndpoint("vllm-0.32", [Reply(reply)] * 2) as endpoint:
        model = adapter(endpoint).bind_tools(TOOLS)
        first, *rest = model.stream(question)
        for answer in (model.invoke(question), sum(rest, first)):
            assert (answer.text, answer.response_metadata.get("fault")) == (reply, None)


@MODES
@pytest.mark.parametrize("word", ["RUN", "TEXT"])
def test_content_stays_a_list_of_blocks(word: str, mode: str, runner: Any) -> None:
    done = [Reply("Done.")] if word == "RUN" else []
    script = [Reply(LEAD + FENCED, reasoning="Hm."), Reply(word), *done]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        reply = runner(mode)(graph_of(adapter(endpoint, output_version="v1")), PROMPT)[1]
    assert [(block["type"], block.get("text")) for block in reply.content] == [
        ("reasoning", None),
        *([("text", LEAD.strip()), ("tool_call", None)] if done else [("text", LEAD + FENCED)]),
    ]
    assert reply.text == (LEAD.strip() if done else LEAD + FENCED)


PRETTY = json.dumps(json.loads(MAIL), indent=2)
OTHER = FENCED.replace("hi", "bye")


@MODES
@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ((f"One:\n\n{MARKED}\n\nTwo:\n\n{MARKED.replace('hi', 'bye')}", "RUN"), ([HI, BYE], "One:\n\nTwo:")),
        ((f"One:\n\n{MARKED}\n\nTwo:\n\n{MARKED.replace('hi', 'bye')}", f"RUN\n{OTHER}"), ([BYE], "One:\n\nTwo:")),
        ((f"{FENCED}\n\nor\n\n{OTHER}", "RUN"), ([HI], f"or\n\n{OTHER}")),
        ((f"One:\n\n{FENCED}\n\nTwo:\n\n{OTHER}", "RUN"), ([HI], f"One:\n\nTwo:\n\n{OTHER}")),
        ((f"{FENCED}\n\nShall I?", "RUN"), ([HI], "Shall I?")),
        ((f"Here: {MAIL}", "RUN"), ([HI], "Here:")),
        ((f"Here it is:\n\n{PRETTY}", "RUN"), ([HI], "Here it is:")),
        ((f"Here it is:\n\n{PRETTY}\n\nShall I?", "RUN"), ([HI], "Here it is:\n\nShall I?")),
        (
            (f"First.\n\n{MAIL}\n\nAnd this:\n\n```python\nprint(1)\n```", "RUN"),
            ([HI], "First.\n\nAnd this:\n\n```python\nprint(1)\n```"),
        ),
    ],
)
def test_what_is_asked_about_is_named_and_what_is_not_stays(
    said: tuple[str, str], outcome: tuple[list[str], str], mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [*map(Reply, said), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), PROMPT)
        question = notes(endpoint)[0]
    assert (sorted(sent), messages[1].text) == (sorted(outcome[0]), outcome[1])
    assert ("these 2 calls" in question) is ("bye" in question) is said[0].endswith("</tool_call>")
    assert 'send_email({"to": "bob@example.org", "text": "hi"})' in question


def test_what_is_long_is_cut_in_the_question() -> None:
    call = {"name": "send_email", "arguments": json.dumps({"text": "x" * 1000})}
    question = ask_run_or_text([call], f"An example! {'y' * 1000} Only as text.")
    assert len(question) < 900
    assert "An example!" in question
    assert "Only as text." in question
    assert question.endswith("Does the user want it to run, or to see it as text? Reply with one word, RUN or TEXT.")


@MODES
@pytest.mark.parametrize(("prompt", "reply"), [(PROMPT, f"Here: {MAIL}"), (f"A sample mail, please: {MAIL}", MAIL)])
def test_it_is_asked_about_a_call_behind_its_lead_or_given_by_the_user(
    prompt: str, reply: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply(reply)) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), prompt)
        assert [note.endswith("RUN or TEXT.") for note in notes(endpoint)] == [True]
    assert (sent, messages[-1].text) == ([], reply)


@MODES
def test_calls_that_the_server_parsed_behind_the_word_are_those_that_run(
    mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    parsed = Call("send_email", {"to": "bob@example.org", "text": "bye"})
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply("RUN", calls=[parsed]), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), PROMPT)
    assert (sent, messages[-1].text) == ([BYE], "Done.")


@pytest.mark.parametrize(("word", "says"), [("TEXT", "said that it is there to be read"), ("", "ask for it again")])
def test_the_notice_says_what_is_known(
    word: str, says: str, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), *[Reply(word)] * (1 if word else 2)]) as endpoint:
        reply: AIMessage = build(endpoint, TOOLS).invoke({"messages": [("user", PROMPT)]})["messages"][-1]
    assert reply.text == FENCED
    assert [says in one for one in caplog.messages if "did not run" in one] == [True]
