"""`portolan tools`: what the agent can do, what each tool needs, and which are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.errors import SettingsError
from graph.toolbox import tool_config
from tools import ToolSetupError, available, select
from tools.community import PREFIX

if TYPE_CHECKING:
    from graph.cli.session import Session


def list_all(session: Session) -> None:
    """Print all tools.

    Raises:
        SettingsError: `AGENT_TOOLS` names a tool that there is not.
    """
    loaded = session.load()
    try:
        named = [name for name in loaded.settings.tools if name.lower() != "none"]
        community = [name for name in named if name.startswith(PREFIX)]
        on = {spec.name for spec in select(name for name in named if name not in community)}
        config = tool_config(loaded.settings)
    except ToolSetupError as error:
        source = loaded.sources.get("tools")
        msg = f"{source or 'AGENT_TOOLS'}: {error}"
        raise SettingsError(msg) from error
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
