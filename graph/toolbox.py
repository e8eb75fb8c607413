"""The tools of an agent: names, functions and LangChain tools, made into one list."""

from __future__ import annotations

import itertools
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
        SettingsError: a name is unknown, a tool lacks what it needs, or two tools have one name.
    """
    wanted = list(settings.tools if given is None else given)
    collected: list[BaseTool] = []
    while wanted:
        own = [str(one) for one in itertools.takewhile(lambda one: isinstance(one, str), wanted)]
        if own:  # names are read together, so that a group and a tool of it do not stand twice
            collected += _named(own, settings, given)
            del wanted[: len(own)]
        elif not isinstance(one := wanted.pop(0), str):
            collected.append(as_callable(one if isinstance(one, BaseTool) else as_plain(tool(one))))
    names = [one.name for one in collected]
    if doubles := sorted({name for name in names if names.count(name) > 1}):
        msg = f"two tools are named {doubles[0]!r}"
        raise SettingsError(msg, remedy="Give each tool a name of its own.")
    return collected


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
