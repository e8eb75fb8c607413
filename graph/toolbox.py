"""The tools of an agent: names, functions and LangChain tools, made into one list."""

from __future__ import annotations

import inspect
import itertools
import reprlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, tool

from graph.errors import SettingsError
from tools import ToolConfig, ToolSetupError, load_tools
from tools.awaited import as_callable
from tools.community import PREFIX, load_community
from tools.plain import as_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.endpoint.settings import Settings


_SETTING_OF_NEED = {"root": "files_root", "database": "database_url"}


def tool_config(settings: Settings) -> ToolConfig:
    """What Portolan's own tools may use, as the settings say."""
    return ToolConfig(
        root=settings.files_root, database_url=settings.database_url, max_result_chars=settings.tool_max_chars
    )


def collect_tools(given: Sequence[BaseTool | Callable[..., Any] | str] | None, settings: Settings) -> list[BaseTool]:
    """The tools, in the order given; None: those that `AGENT_TOOLS` names.

    Raises:
        SettingsError: it is no list, a name is unknown, a tool lacks what it needs, no tool can be made of a function,
            or two tools have one name.
    """
    if given is not None and (isinstance(given, str) or not isinstance(given, Iterable)):
        msg = f"Agent(tools={reprlib.repr(given)}) is refused: that is no list"
        raise SettingsError(msg, remedy="Put the tools into a list: Agent(tools=[…]).")
    wanted = list(settings.tools if given is None else given)
    collected: list[BaseTool] = []
    while wanted:
        own = [str(one) for one in itertools.takewhile(lambda one: isinstance(one, str), wanted)]
        if own:  # names are read together, so that a group and a tool of it do not stand twice
            collected += _named(own, settings, given)
            del wanted[: len(own)]
        elif not isinstance(one := wanted.pop(0), str):
            collected.append(_offered(one))
    names = [one.name for one in collected]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        msg = f"two tools are named {doubles[0]!r}"
        raise SettingsError(msg, remedy="Give each tool a name of its own.")
    return collected


def _offered(given: BaseTool | Callable[..., Any]) -> BaseTool:
    """A tool as the agent has it.

    Raises:
        SettingsError: it is none and cannot become one, or its arguments cannot be told to a model.
    """
    made = given if isinstance(given, BaseTool) else _made(given)
    try:
        made.args  # noqa: B018 - it is the schema that may not be there
    except Exception as error:
        msg = f"the arguments of the tool {made.name!r} cannot be told to a model: {_first_line(error)}"
        raise SettingsError(msg, remedy=_ANNOTATE) from error
    return as_callable(made if made is given else as_plain(made))


_ANNOTATE = "Annotate each with a type that JSON has (str, int, float, bool, list, dict, a pydantic model)."


def _made(function: Any) -> BaseTool:
    """The tool that a function becomes.

    Raises:
        SettingsError: it lacks what a model must know of it, or cannot be called with what a model gives.
    """
    if not callable(function):
        msg = f"{reprlib.repr(function)} is no tool"
        raise SettingsError(msg, remedy="Give functions, LangChain tools, or names of Portolan's own tools.")
    name = getattr(function, "__name__", "<lambda>")
    if name == "<lambda>":
        msg = f"{reprlib.repr(function)} cannot be a tool, since it has no name that a model could call"
        raise SettingsError(msg, remedy="Write a function (`def`) with a name and a docstring, and call it from there.")
    if not inspect.getdoc(function):
        msg = f"the function {name!r} cannot be a tool, since it has no docstring"
        raise SettingsError(msg, remedy="Give it one: it tells the model what the tool does and when to call it.")
    try:
        parameters = inspect.signature(function).parameters.values()
        made: BaseTool = tool(function)
    except Exception as error:
        msg = f"the function {name!r} cannot be a tool: {_first_line(error)}"
        raise SettingsError(msg, remedy=_ANNOTATE) from error
    if nameless := [one.name for one in parameters if one.kind is one.POSITIONAL_ONLY]:
        msg = f"the function {name!r} cannot be a tool, since {nameless[0]!r} cannot be given by name"
        raise SettingsError(msg, remedy="Leave the / out of its arguments.")
    return made


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def split_names(names: Sequence[str], origin: str = "AGENT_TOOLS") -> tuple[list[str], list[str]]:
    """Part names into those of Portolan's own tools and those of langchain-community's; `none` alone is no tool.

    Raises:
        SettingsError: `none` stands beside others.
    """
    lowered = [name.strip().lower() for name in names]
    if lowered == ["none"]:
        return [], []
    if "none" in lowered:
        msg = f"{origin}={','.join(names)} has `none` beside other names"
        raise SettingsError(msg, remedy="Write `none` alone, or leave it out.")
    community = [name for name in names if name.startswith(PREFIX)]
    return [name for name in names if name not in community], community


def _named(names: Sequence[str], settings: Settings, given: object) -> list[BaseTool]:
    origin = settings.origin("tools") if given is None else "tools"
    own, community = split_names(names, origin)
    try:
        loaded = load_tools(own, tool_config(settings)) if own else []
        return [*loaded, *map(load_community, community)]
    except ToolSetupError as error:
        field = _SETTING_OF_NEED.get(error.need or "")
        msg = f"{settings.origin(field) if field else origin}: {error}"
        raise SettingsError(msg, remedy="`portolan tools` lists what there is and what each needs.") from error
