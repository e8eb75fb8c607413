"""Functions that tools are made of, and what they are called with."""

from __future__ import annotations

from typing import Annotated, Any

from langchain_core.callbacks import Callbacks  # noqa: TC002 - LangChain resolves the annotations
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import InjectedToolArg, InjectedToolCallId, ToolException
from langgraph.types import Command

_INNER = RunnableLambda(abs, name="inner")


def add(a: int, b: int = 2) -> int:
    """Add two integers."""
    return a + b


async def aadd(a: int, b: int = 2) -> int:
    """Add two integers."""
    return a + b


def fail(a: int) -> int:
    """Fail."""
    msg = f"no {a}"
    raise KeyError(msg)


def nest(a: int) -> int:
    """Run something that traces show as a child of the tool."""
    return int(_INNER.invoke(a))


def nothing() -> str:
    """Take nothing."""
    return "nothing"


def with_config(a: int, config: RunnableConfig) -> str:
    """Take the config."""
    return f"{a} {config['configurable']['place']}"


def with_callbacks(a: int, callbacks: Callbacks = None) -> bool:
    """Take callbacks."""
    return a > 0 and callbacks is not None


def with_id(a: int, call_id: Annotated[str, InjectedToolCallId]) -> str:
    """Take the call's id."""
    return f"{a} {call_id}"


def with_secret(a: int, secret: Annotated[str, InjectedToolArg] = "s") -> str:
    """Take what the model does not see."""
    return f"{a} {secret}"


def refuse(a: int) -> int:
    """Refuse."""
    msg = f"not {a}"
    raise ToolException(msg)


def in_blocks(a: int) -> list[dict[str, str]]:
    """Give content in blocks."""
    return [{"type": "text", "text": f"{a}"}]


def answering(a: int) -> ToolMessage:
    """Give a result whole."""
    return ToolMessage(f"{a}", tool_call_id="c1", artifact=[a])


def listing(a: int) -> list[Command[Any]]:
    """Give updates."""
    return [Command(update={"a": a})]


PLAIN = [add, aadd, fail, nest, nothing]
MORE = [with_config, with_callbacks, with_id, with_secret]
ARGUMENTS: list[dict[str, Any]] = [
    {"a": 1},
    {"a": "2", "b": 3},
    {"a": "x"},
    {},
    {"a": 1, "callbacks": "from the model"},
]
