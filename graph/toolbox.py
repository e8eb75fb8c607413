"""The tools of an agent: names, functions and LangChain tools, made into one list."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, tool

from graph.errors import SettingsError
from tools import ToolConfig, ToolSetupError, load_tools
from tools.community import PREFIX, load_community

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from graph.endpoint.settings import Settings


def tool_config(settings: Settings) -> ToolConfig:
    """What Portolan's own tools may use, as the settings say."""
    return ToolConfig(
        root=settings.files_root, database_url=settings.database_url, max_result_chars=settings.tool_max_chars
    )


def collect_tools(given: Sequence[BaseTool | Callable[..., Any] | str] | None, settings: Settings) -> list[BaseTool]:
    """The tools, in the order given; None: those that `AGENT_TOOLS` names.

    Raises:
        SettingsError: a name is unknown, a tool lacks what it needs, or two tools have one name.
    """
    wanted = list(settings.tools if given is None else given)
    collected: list[BaseTool] = []
    while wanted:
        own = [str(one) for one in itertools.takewhile(lambda one: isinstance(one, str), wanted)]
        if own:  # names are read together, so that a group and a tool of it do not stand twice
            collected += _named(own, settings, "AGENT_TOOLS" if given is None else "tools")
            del wanted[: len(own)]
        elif not isinstance(one := wanted.pop(0), str):
            collected.append(one if isinstance(one, BaseTool) else tool(one))
    names = [one.name for one in collected]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        msg = f"two tools are named {doubles[0]!r}"
        raise SettingsError(msg, remedy="Give each tool a name of its own.")
    return collected


def _named(names: Sequence[str], settings: Settings, origin: str) -> list[BaseTool]:
    if [name.lower() for name in names] == ["none"]:
        return []
    community = [name for name in names if name.startswith(PREFIX)]
    own = [name for name in names if name not in community]
    try:
        loaded = load_tools(own, tool_config(settings)) if own else []
        return [*loaded, *map(load_community, community)]
    except ToolSetupError as error:
        msg = f"{origin}: {error}"
        raise SettingsError(msg, remedy="`portolan tools` lists what there is and what each needs.") from error
