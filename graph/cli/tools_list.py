"""`portolan tools`: what the agent can do, what each tool needs, and which are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.errors import SettingsError
from graph.toolbox import split_names, tool_config
from tools import ToolSetupError, available, select

if TYPE_CHECKING:
    from graph.cli.session import Session


def list_all(session: Session) -> None:
    """Print all tools.

    Raises:
        SettingsError: `AGENT_TOOLS` names a tool that there is not.
    """
    settings = session.load().settings
    named, community = split_names(settings.tools, settings.origin("tools"))
    try:
        on = {spec.name for spec in select(named)}
    except ToolSetupError as error:
        msg = f"{settings.origin('tools')}: {error}"
        raise SettingsError(msg) from error
    config = tool_config(settings)
    rows = []
    for spec in available():
        missing = spec.missing(config)
        state = ("on, not ready" if missing else "on") if spec.name in on else ("not ready" if missing else "ready")
        rows.append((spec.name, spec.group, state, spec.summary, spec.needs_text or "-"))
    rows += [(name, "community", "on", "A tool of langchain-community.", "-") for name in community]
    session.terminal.table(("tool", "group", "state", "what it does", "needs"), rows)
    session.terminal.say(
        "Choose by name or group: AGENT_TOOLS=calculator,clock,files in .env, or portolan ask --tools files …",
        style="dim",
    )
