"""Where the user may want the text of a call, the model says in a word whether it runs; to repeat it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from shown_calls import CALL, FENCED, MAIL, MARKED, MODES, TOOLS, notes, sent

from graph.endpoint.adapter import ChatEndpoint
from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

LEAD = "Here is the JSON:\n\n"
PROMPT = "Write a sample mail in JSON that says hi to bob@example.org."
OPEN = [
    PROMPT,
    "Convert to JSON: mail hi to bob@example.org.",
    "Give me an example of a greeting: mail hi to bob@example.org.",
    "How would a mail to bob@example.org look in the wire format?",
    "Show me how you would mail bob@example.org.",
    "Simulate a mail to bob@example.org that says hi.",
    "Respond with an object with keys name and arguments for send_email to bob@example.org.",
    "Dump the call for mailing bob@example.org.",
    "Convierte a JSON: send_email(to='bob@example.org')",
    "把这句话转成 JSON：给 bob@example.org 发邮件，内容是 hi。",
    "演示一下给 bob@example.org 发邮件",
]


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


def shown(run: Any) -> str:
    """What a reader of the stream sees as the model's words."""
    return "".join(token.text for token in run.tokens if isinstance(token, AIMessage))


@MODES
@pytest.mark.parametrize("prompt", OPEN)
@pytest.mark.parametrize("reply", [FENCED, MAIL, MARKED, LEAD + FENCED, LEAD + MAIL, LEAD + MARKED])
def test_a_reply_that_only_comes_once_more_is_the_answer(
    reply: str, prompt: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", lambda _: Reply(reply)) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), prompt)
    assert (sent, messages[-1].text) == ([], reply)
    assert messages[-1].response_metadata["shown_calls"] == ["send_email"]
    assert [note.rpartition(" it as text? ")[2] for note in notes(endpoint)] == ["Reply with one word, RUN or TEXT."]


@MODES
@pytest.mark.parametrize(
    "word",
    [
        "RUN",
        "**RUN**",
        "Run.",
        "`RUN`",
        f"RUN\n{FENCED}",
        f"RUN: {MAIL}",
        "RUN send_email",
        "RUN\n\nI'll send it now.",
        f"RUN\n{MARKED}\n{MARKED}",
        "运行",
        f"RUN\n{MARKED}",
        f"<think>\nDo they want it?\n</think>\n\nRUN\n\n{FENCED}",
    ],
)
@pytest.mark.parametrize("size", [1, 4000])
def test_its_call_runs_where_the_model_says_so(
    size: int, word: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(LEAD + FENCED), Reply(word), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script, wire={"chunk_size": size}) as endpoint:
        run = runner(mode)
        messages = run(build(endpoint, TOOLS), PROMPT)
    assert sent == ["bob@example.org: hi"]
    assert [message.text.strip() for message in messages[1:]] in (
        [LEAD.strip(), "It is sent.", "Done."],
        ["", "It is sent.", "Done."],
    )
    assert isinstance(messages[2], ToolMessage)
    assert messages[2].tool_call_id == messages[1].tool_calls[0]["id"]
    if mode in {"stream", "astream"}:
        assert shown(run) in (LEAD + LEAD.strip() + "Done.", LEAD + "Done.")


@MODES
@pytest.mark.parametrize(
    "word",
    [
        "TEXT",
        "Text.",
        '"TEXT"',
        "RUN or TEXT",
        "RUN send_email to=eve@example.org",
        "RUN, but not before they say so.",
        "RUN is wrong.",
        "RUN (no!)",
        "RUN?",
        "I would say RUN.",
        "RUN. I'll wait for your confirmation.",
        "RUN. I am afraid that is a sample.",
        f"RUN\n\nFor example:\n\n{FENCED}",
        "RUN. I'll send it once they confirm.",
        f"RUN\n{MARKED.replace('bob', 'eve')}",
        f"RUN\n{FENCED.replace('bob', 'eve')}",
        'RUN\n<tool_call>{"name": "read_page", "arguments": {"url": "https://example.org"}}</tool_call>',
        "Do not run it.",
        "The user wants to see it as text.",
        "TEXT. The user wants a sample.",
        "Yes",
        "The user asked me to write a sample, and a sample is there to be read. " * 4 + "So the answer is: TEXT",
        f"TEXT\n{MARKED}",
        "{",
        "```",
    ],
)
@pytest.mark.parametrize("size", [1, 4000])
def test_the_reply_itself_is_the_answer_where_it_is_text(
    size: int, word: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint(
        "vllm-0.32", [Reply(LEAD + FENCED + "\n\nShall I send it?"), Reply(word)], wire={"chunk_size": size}
    ) as endpoint:
        run = runner(mode)
        messages = run(build(endpoint, TOOLS), PROMPT)
    assert (sent, [message.text for message in messages[1:]]) == ([], [LEAD + FENCED + "\n\nShall I send it?"])
    assert "fault" not in messages[-1].response_metadata
    if mode in {"stream", "astream"}:
        assert shown(run) == LEAD + LEAD + FENCED + "\n\nShall I send it?"


@MODES
@pytest.mark.parametrize("answer", ["Text messages are sent by send_email.", f"Like this:\n{MARKED}\nThat is all."])
def test_an_answer_of_its_own_stands(answer: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply(answer)]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), PROMPT)
    assert (sent, messages[-1].text) == ([], answer)


@MODES
@pytest.mark.parametrize("second", [Reply("TEXT", calls=[CALL]), Reply(f"TEXT\n{FENCED}", calls=[CALL])])
def test_a_word_against_it_counts_more_than_a_call(
    second: Reply, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), second]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), PROMPT)
    assert (sent, messages[-1].text, messages[-1].tool_calls) == ([], FENCED, [])


@MODES
@pytest.mark.parametrize(
    "broken",
    [
        "",
        'RUN\n<tool_call>\n{"name": "send_email", "arguments": {"to": "eve@example.org", "te',
        'RUN\n<tool_call>\n{"name": "fly", "arguments": {"to": "eve@example.org"}}\n</tool_call>',
    ],
)
@pytest.mark.parametrize("limit", [1, 2])
def test_what_cannot_be_read_is_asked_once_more_and_runs_nothing(
    limit: int, broken: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(LEAD + FENCED), *[Reply(broken)] * limit]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS, max_repairs=limit), PROMPT)
        assert [note.endswith("RUN or TEXT.") for note in notes(endpoint)] == [True] * limit
    assert (sent, messages[-1].text) == ([], LEAD + FENCED)


@MODES
def test_what_was_wanted_before_counts_for_the_next_message(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply(FENCED), Reply("TEXT")]) as endpoint:
        graph = build(endpoint, TOOLS)
        first = runner(mode)(graph, "Show me an example of a call of send_email to bob@example.org.")
        messages = runner(mode)(graph, [*first, HumanMessage("And the same for hi.")])
    assert (sent, messages[-1].text) == ([], FENCED)


@MODES
def test_a_call_that_the_server_parsed_stands(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply(calls=[CALL]), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), PROMPT)
    assert (sent, messages[-1].text) == (["bob@example.org: hi"], "Done.")


@MODES
def test_it_is_asked_again_for_a_call_behind_a_result(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    other = FENCED.replace("hi", "bye")
    script = [Reply(FENCED), Reply("RUN"), Reply(other), Reply("RUN"), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), PROMPT)
    assert (sent, messages[-1].text) == (["bob@example.org: hi", "bob@example.org: bye"], "Done.")


@MODES
@pytest.mark.parametrize("leak", [FENCED, MARKED])
def test_vague_words_cost_one_question_and_no_more(
    leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(leak), Reply("RUN"), Reply(leak.replace("hi", "bye")), Reply("Done.")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, TOOLS), "What would bob@example.org like to hear? Tell him.")
    assert (sent, messages[-1].text) == (["bob@example.org: hi", "bob@example.org: bye"], "Done.")


@MODES
@pytest.mark.parametrize("leak", [FENCED, MARKED])
def test_they_count_again_behind_the_next_message(leak: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    script = [Reply(leak), Reply("RUN"), Reply("Done."), Reply(leak.replace("hi", "bye")), Reply("TEXT")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        graph = build(endpoint, TOOLS)
        first = runner(mode)(graph, "What would bob@example.org like to hear? Tell him.")
        messages = runner(mode)(graph, [*first, HumanMessage("And what would you tell him then?")])
    assert (sent, messages[-1].text) == (["bob@example.org: hi"], leak.replace("hi", "bye"))


@pytest.mark.parametrize("leak", [FENCED, MARKED])
def test_they_do_not_count_where_nobody_asks(leak: str) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak)]) as endpoint:
        model = ChatEndpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
        reply = model.bind_tools(TOOLS).invoke("What would bob@example.org like to hear? Tell him.")
    assert [call["name"] for call in reply.tool_calls] == ["send_email"]


@MODES
def test_what_a_settled_reply_says_of_itself(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    texts = {"shown_calls": ["send_email"], "meant": "text"}
    for word, told in (("RUN", {"recovered_calls": 2, "meant": "run"}), ("TEXT", texts)):
        both = f"[{MAIL}, {MAIL.replace('hi', 'bye')}]"
        script = [Reply(both), Reply(word), *([Reply("Done.")] if word == "RUN" else [])]
        with EmulatedEndpoint("vllm-0.32", script) as endpoint:
            reply = runner(mode)(build(endpoint, TOOLS), PROMPT)[1]
        left = {"fault", "why", "held_back", "doubted_calls", "shown_calls", "recovered_calls", "meant", "behind_run"}
        assert {key: value for key, value in reply.response_metadata.items() if key in left} == told
        assert len({call["id"] for call in reply.tool_calls}) == len(reply.tool_calls) == 2 * (word == "RUN")
    assert sorted(sent) == ["bob@example.org: bye", "bob@example.org: hi"]


@MODES
def test_on_the_responses_wire_it_is_the_same(mode: str, runner: Any, build: Callable[..., Any]) -> None:
    for word, ran in (("RUN", ["bob@example.org: hi"]), ("TEXT", [])):
        sent.clear()
        script = [Reply(LEAD + FENCED), Reply(word), *([Reply("Done.")] if ran else [])]
        with EmulatedEndpoint("vllm-0.32", script) as endpoint:
            messages = runner(mode)(build(endpoint, TOOLS, api="responses"), PROMPT)
        assert (sent, messages[-1].text) == (ran, "Done." if ran else LEAD + FENCED)
