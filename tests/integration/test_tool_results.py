"""What tools give and raise reaches the model as one result of the call, in words and not too long."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator  # noqa: TC003 - LangChain resolves the tools' annotations
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.prebuilt import ToolRuntime  # noqa: TC002 - LangChain resolves the tool's annotations
from langgraph.types import Command, Send

from graph.testing import Call, EmulatedEndpoint, Reply
from tools.limits import clip

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


@tool
def with_state(runtime: ToolRuntime) -> str:
    """Read the state: with it among the tools, LangGraph's node runs them all."""
    return str(len(runtime.state["messages"]))


@pytest.fixture(params=["plain", "ToolNode"])
def ask(request: pytest.FixtureRequest, run: Any, build: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Let the model call a function once, run here or by the `ToolNode`; gives the thread's messages behind the call.

    The endpoint refuses a call without its result, and a result without its call.
    """

    def asked(function: Any, arguments: Any = None, exact: bool = True, **settings: Any) -> list[Any]:
        name = getattr(function, "name", None) or function.__name__
        script = [Reply(calls=[Call(name, arguments or {})]), Reply("Done.")]
        beside = [with_state] if request.param == "ToolNode" else []
        with EmulatedEndpoint("openai", script, exact=exact) as endpoint:
            messages = run(build(endpoint, [function, *beside], **settings), "Go on")
        return list(messages[2:])

    return asked


class SdkError(Exception):
    """As those of SDKs that read the response, which is None where none came."""

    response: Any = None

    def __str__(self) -> str:
        return str(self.response.text)


def test_an_error_that_cannot_say_itself_is_named(ask: Callable[..., list[Any]]) -> None:
    def sdk() -> str:
        """Fail."""
        raise SdkError

    result, answer = ask(sdk)
    assert result.status == "error"
    assert result.text.startswith("The tool failed: SdkError. ")
    assert answer.text == "Done."


def test_a_long_text_is_cut_with_the_note_of_the_own_tools(ask: Callable[..., list[Any]]) -> None:
    text = "".join(f"{number} " for number in range(100_000))

    def huge() -> str:
        """Give much."""
        return text

    assert ask(huge)[0].text == clip(text, 8_000)
    assert ask(huge, tool_max_chars=2_000)[0].text == clip(text, 2_000)


def test_a_long_error_is_cut(ask: Callable[..., list[Any]]) -> None:
    def fail() -> str:
        """Fail at length."""
        raise LookupError("x" * 1_000_000)

    result, _ = ask(fail)
    assert result.status == "error"
    assert result.text.startswith("The tool failed: LookupError: xxx")
    assert len(result.text) <= 8_000
    assert "[Cut: " in result.text


def test_a_result_that_fits_stays_as_it_is(ask: Callable[..., list[Any]]) -> None:
    def fits() -> str:
        """Give just as much."""
        return "x" * 8_000

    assert ask(fits)[0].text == "x" * 8_000


def test_of_blocks_the_texts_are_cut_in_total_and_images_stay(ask: Callable[..., list[Any]]) -> None:
    texts = ["a" * 3_000, "b" * 6_000, "c" * 10]

    @tool(response_format="content_and_artifact")
    def look() -> tuple[list[Any], str]:
        """Give texts and images."""
        blocks = [{"type": "text", "text": one} for one in texts]
        return [blocks[0], IMAGE, blocks[1], blocks[2], IMAGE], "x" * 20_000

    result, _ = ask(look)
    cut = clip("".join(texts), 8_000)
    assert result.content == [
        {"type": "text", "text": texts[0]},
        IMAGE,
        {"type": "text", "text": cut[3_000:]},
        IMAGE,
    ]
    assert "[Cut: " in result.content[2]["text"]
    assert result.artifact == "x" * 20_000


def test_the_result_that_is_the_answer_is_whole_and_its_failure_is_not(ask: Callable[..., list[Any]]) -> None:
    @tool(return_direct=True)
    def report(fails: bool) -> str:
        """Write a report."""
        if fails:
            raise LookupError("x" * 10_000)
        return "x" * 10_000

    assert [message.text for message in ask(report, {"fails": False}, exact=False)] == ["x" * 10_000]
    result, answer = ask(report, {"fails": True})
    assert len(result.text) <= 8_000
    assert answer.text == "Done."


def test_the_result_in_a_command_is_cut(ask: Callable[..., list[Any]]) -> None:
    @tool
    def note_down(tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
        """Note something down."""
        return Command(update={"messages": [ToolMessage("x" * 10_000, tool_call_id=tool_call_id)]})

    assert ask(note_down)[0].text == clip("x" * 10_000, 8_000)


MADE_UP = [ToolMessage("first", tool_call_id="mine"), ToolMessage("second", tool_call_id="mine too")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param(MADE_UP[0], "first", id="message"),
        pytest.param(MADE_UP[:1], "first", id="list"),
        pytest.param(MADE_UP, "first\nsecond", id="several"),
        pytest.param(Command(update={"messages": MADE_UP[:1]}), "first", id="Command"),
        pytest.param(Command(update={"messages": MADE_UP}), "first\nsecond", id="several in a Command"),
        pytest.param([Command(), MADE_UP[0]], "first", id="beside a Command"),
        pytest.param(Command(), "The tool ran and gave no result.", id="Command without messages"),
        pytest.param(Command(update={}), "The tool ran and gave no result.", id="Command without a result"),
        pytest.param(
            [Command(update={"messages": [one]}) for one in MADE_UP], "first\nsecond", id="several in several Commands"
        ),
        pytest.param([MADE_UP[0], Command(update={"messages": MADE_UP[1:]})], "first\nsecond", id="one of them beside"),
        pytest.param(Command(update=MADE_UP), "first\nsecond", id="Command of messages alone"),
        pytest.param(Command(update=[("messages", MADE_UP[:1])]), "first", id="Command of pairs"),
        pytest.param(Command(update=[("repair", None)]), "The tool ran and gave no result.", id="pairs without any"),
    ],
)
def test_a_plain_tool_cannot_know_the_id_of_its_call(
    given: Any, told: str, run: Any, build: Callable[..., Any]
) -> None:
    def act() -> Any:
        """Act."""
        return given

    script = [Reply(calls=[Call("act")]), Reply(calls=[Call("act"), Call("act")]), Reply("Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [act]), "Go on")
    assert [(message.text, message.name) for message in messages if message.type == "tool"] == [(told, "act")] * 3
    assert [one["content"] for one in endpoint.bodies[-1]["messages"] if one["role"] == "tool"] == [told] * 3


@pytest.mark.parametrize("goto", ["tools", ["tools"], Send("tools", {"place": 0})])
def test_a_tool_that_goes_to_the_tools_leads_nowhere_else(goto: Any, run: Any, build: Callable[..., Any]) -> None:
    """What is open runs by itself; a second way there would tell the model that it did not."""

    def act() -> Any:
        """Act."""
        return Command(goto=goto)

    def count() -> str:
        """Count."""
        counted.append(1)
        return "counted"

    counted: list[int] = []
    script = [Reply(calls=[Call("act")]), Reply(calls=[Call("count")]), Reply("Done.")]
    with EmulatedEndpoint("openai", script) as endpoint:
        messages = run(build(endpoint, [act, count]), "Go on")
    assert [message.text for message in messages[2::2]] == ["The tool ran and gave no result.", "counted"]
    assert counted == [1]


def test_a_call_that_a_tool_writes_runs(run: Any, build: Callable[..., Any]) -> None:
    def act() -> Any:
        """Act."""
        calls = [{"name": "count", "args": {"number": one}, "id": f"call_{one}"} for one in (1, 2)]
        given = [ToolMessage("See below.", tool_call_id=""), AIMessage("", tool_calls=calls)]
        return Command(update={"messages": given}, goto="tools")

    def count(number: int) -> str:
        """Count."""
        return f"counted {number}"

    with EmulatedEndpoint("openai", [Reply(calls=[Call("act")]), Reply("Done.")]) as endpoint:
        messages = run(build(endpoint, [act, count]), "Go on")
    assert [message.text for message in messages[2:]] == ["See below.", "", "counted 1", "counted 2", "Done."]


def test_what_a_command_does_beside_is_done(run: Any, build: Callable[..., Any]) -> None:
    def act() -> Any:
        """Act."""
        return Command(update={"messages": [HumanMessage("Be brief.")]})

    with EmulatedEndpoint("openai", [Reply(calls=[Call("act")]), Reply("Done.")]) as endpoint:
        messages = run(build(endpoint, [act]), "Go on")
    assert sorted(message.text for message in messages[2:-1]) == ["Be brief.", "The tool ran and gave no result."]
    sent = endpoint.bodies[-1]["messages"]
    assert [one["content"] for one in sent if one["role"] == "tool"] == ["The tool ran and gave no result."]


async def later(number: int) -> str:
    """Give a number back, later."""
    return f"{number}"


def awaited(number: int) -> Any:
    """Give what is to be awaited."""
    return later(number)


def counted(number: int) -> Iterator[str]:
    """Count."""
    yield from map(str, range(number))


async def counted_later(number: int) -> AsyncIterator[str]:
    """Count, later."""
    for one in range(number):
        yield await later(one)


async def counted_at_last(number: int) -> Any:
    """Count, later than that."""
    return counted_later(number)


def mapped(number: int) -> Iterator[str]:
    """Count by a map."""
    return map(str, range(number))


def blocks(number: int) -> Iterator[dict[str, str]]:
    """Count in blocks."""
    for one in range(number):
        yield {"type": "text", "text": f"{one}"}


def whole(number: int) -> list[str]:
    """Count at once: what the generators are told as."""
    return [str(one) for one in range(number)]


@pytest.mark.parametrize("as_tool", [False, True])
@pytest.mark.parametrize("function", [awaited, counted, counted_later, counted_at_last, mapped])
def test_what_is_to_be_awaited_or_iterated_over_is(function: Any, as_tool: bool, ask: Callable[..., list[Any]]) -> None:
    plain = later if function is awaited else whole
    result, _ = ask(tool(function) if as_tool else function, {"number": 3})
    assert result.status == "success"
    assert result.content == ask(plain, {"number": 3})[0].content


def test_blocks_of_a_generator_are_blocks(ask: Callable[..., list[Any]]) -> None:
    assert ask(blocks, {"number": 2})[0].content == [{"type": "text", "text": "0"}, {"type": "text", "text": "1"}]
