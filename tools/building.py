"""One way of making a tool, so that all of them treat arguments, errors and long results alike."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tools.limits import DEFAULT_REST, clip
from tools.plain import PlainTool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_core.tools import ToolException
    from pydantic.v1 import ValidationError as ValidationErrorV1

__all__ = ["ToolArgs", "build_tool"]

_SHOWN = 80  # characters of a wrong value that its error repeats


class ToolArgs(BaseModel):
    """Arguments of a tool.

    Unknown arguments are refused rather than dropped, so that a misspelt one is noticed, and `null` stands for the
    default, which is what models send for an optional argument under a strict schema. The JSON Schema stays plain: no
    `anyOf` is needed to allow the null.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        fields = cls.model_fields
        return {
            name: value
            for name, value in data.items()
            if not (value is None and name in fields and not fields[name].is_required())
        }


def build_tool(
    run: Callable[..., str],
    *,
    name: str,
    args: type[ToolArgs],
    max_chars: int,
    arun: Callable[..., Awaitable[str]] | None = None,
    rest: str = DEFAULT_REST,
) -> PlainTool:
    """Make a LangChain tool of a function; the function's docstring is what the model reads.

    Args:
        run: Gives the result as text, and raises `ToolException` with text that the model can act on.
        name: Lower-case letters and underscores. Never `search`: DashScope refuses a tool of that name.
        args: The arguments' schema.
        max_chars: The bound on results and errors.
        arun: The same for `ainvoke`; without it `run` serves in a thread.
        rest: How the model gets what a cut left out.

    Returns:
        A tool that gives errors back as text, with status `error` when called with a tool call.
    """
    fields = {field: info.is_required() for field, info in args.model_fields.items()}

    @functools.wraps(run)
    def bounded(**kwargs: Any) -> str:
        return clip(run(**kwargs), max_chars, rest)

    async def abounded(**kwargs: Any) -> str:
        return clip(await arun(**kwargs), max_chars, rest) if arun else ""

    def on_error(error: ToolException) -> str:
        return clip(str(error) or "The tool failed without saying why.", max_chars, "")

    def on_invalid(error: ValidationError | ValidationErrorV1) -> str:
        return clip(_explain(name, fields, error), max_chars, "")

    return PlainTool(
        name=name,
        description=inspect.getdoc(run) or "",
        args_schema=args,
        func=bounded,
        coroutine=abounded if arun else None,
        handle_tool_error=on_error,
        handle_validation_error=on_invalid,
    )


def _explain(name: str, fields: dict[str, bool], error: ValidationError | ValidationErrorV1) -> str:
    """Say which arguments are wrong and which the tool takes."""
    faults = []
    for fault in error.errors():
        argument = ".".join(str(part) for part in fault["loc"]) or "arguments"
        if fault["type"] == "missing":
            faults.append(f"`{argument}` is missing")
        elif fault["type"] == "extra_forbidden":
            faults.append(f"there is no argument `{argument}`")
        else:
            given = repr(fault.get("input"))
            shown = given if len(given) <= _SHOWN else given[:_SHOWN] + "…"
            faults.append(f"`{argument}`: {fault['msg']} (given: {shown})")
    takes = ", ".join(f"`{field}`" + ("" if required else " (optional)") for field, required in fields.items())
    return f"`{name}` was not run: {'; '.join(faults)}. It takes: {takes}. Call it again with these corrected."
