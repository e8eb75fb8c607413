"""A plain tool is the same tool: results, errors, what callbacks see; a function that takes more keeps its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tools import BaseTool, StructuredTool, tool
from plain_functions import ARGUMENTS, MORE, PLAIN, aadd, add
from pydantic import BaseModel, ConfigDict, Field, computed_field, model_serializer

from tools.plain import PlainTool, as_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import RunnableConfig


class Recorder(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self._names: dict[Any, str] = {}

    def on_tool_start(self, serialized: dict[str, Any], input_str: str, **more: Any) -> None:
        self._names[more["run_id"]] = serialized["name"]
        self.seen.append(("start", serialized, input_str, more["inputs"], more["tool_call_id"], more["tags"]))

    def on_tool_end(self, output: Any, **_: Any) -> None:
        self.seen.append(("end", output))

    def on_tool_error(self, error: BaseException, **_: Any) -> None:
        self.seen.append(("error", repr(error)))

    def on_chain_start(self, *_: Any, **more: Any) -> None:
        self.seen.append(("inner", self._names.get(more["parent_run_id"])))


async def course(one: BaseTool, arguments: dict[str, Any], *, run_async: bool) -> list[Any]:
    """What a call gives and what callbacks see of it."""
    recorder = Recorder()
    config: RunnableConfig = {"callbacks": [recorder], "tags": ["t"], "configurable": {"place": "here"}}
    call = {"name": one.name, "args": dict(arguments), "id": "c1", "type": "tool_call"}
    try:
        result: Any = await one.ainvoke(call, config) if run_async else one.invoke(call, config)
    except Exception as error:  # noqa: BLE001 - compared
        result = repr(error)
    return [result, *recorder.seen]


@pytest.mark.parametrize("run_async", [False, True])
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@pytest.mark.parametrize("function", [*PLAIN, *MORE])
async def test_the_same_course(function: Callable[..., Any], arguments: dict[str, Any], run_async: bool) -> None:
    stock = tool(function)
    quick = as_plain(stock)
    assert isinstance(quick, PlainTool) == (function in PLAIN)
    assert await course(quick, arguments, run_async=run_async) == await course(stock, arguments, run_async=run_async)


def test_the_same_tool_for_a_model() -> None:
    stock = tool(add, return_direct=True, response_format="content")
    assert type(stock) is StructuredTool
    quick = as_plain(stock)
    assert dict(quick) == dict(stock)
    assert quick.tool_call_schema is not None
    assert quick.args == stock.args


async def test_arun_without_a_function_of_its_own() -> None:
    assert await as_plain(tool(add)).arun({"a": 1}) == 3
    with pytest.raises(NotImplementedError, match="does not support sync"):
        as_plain(tool(aadd)).run({"a": 1})


def test_other_tools_are_left_alone() -> None:
    class Own(StructuredTool):
        pass

    one = Own.from_function(add)
    assert as_plain(one) is one


def test_nothing_is_looked_up_in_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    one = as_plain(tool(add))

    def read(_: object) -> None:
        pytest.fail("the function's type hints were read again")

    monkeypatch.setattr("langchain_core.tools.structured._get_runnable_config_param", read)
    assert one.invoke({"a": 1}) == 3


class Item(BaseModel):
    name: str
    count: int = 1


class Fields(BaseModel):
    first: int = Field(alias="a")
    items: list[Item] = []
    made: list[int] = Field(default_factory=lambda: [1])


class More(Fields):
    model_config = ConfigDict(extra="allow")


class Named(Fields):
    model_config = ConfigDict(populate_by_name=True)


class Hidden(BaseModel):
    first: int = Field(alias="a")
    hidden: int = Field(default=5, exclude=True)


class Serialized(BaseModel):
    first: int = Field(alias="a")

    @model_serializer
    def written(self) -> dict[str, int]:
        return {"other": self.first}


class Computed(BaseModel):
    first: int

    @computed_field
    def second(self) -> int:
        return self.first + 1


def take(**arguments: Any) -> str:
    """Take what comes."""
    return repr(arguments)


@pytest.mark.parametrize("run_async", [False, True])
@pytest.mark.parametrize("schema", [Fields, More, Named, Hidden, Serialized, Computed])
@pytest.mark.parametrize(
    "arguments",
    [
        {"a": "1"},
        {"first": 1},
        {"a": 1, "items": [{"name": "x"}], "made": []},
        {"a": 1, "else": 2},
        {"first": 1, "a": 2, "args": [1], "kwargs": {"b": 2}},
        {"a": 1, "items": [{"count": 1}]},
    ],
    ids=str,
)
async def test_the_same_arguments(schema: type[BaseModel], arguments: dict[str, Any], run_async: bool) -> None:
    stock = StructuredTool.from_function(take, args_schema=schema)
    quick = PlainTool(**dict(stock))
    assert await course(quick, arguments, run_async=run_async) == await course(stock, arguments, run_async=run_async)
