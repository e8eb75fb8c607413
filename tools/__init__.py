"""What the agent can do; nothing here imports from `graph`.

The registry below says which tools there are and what each needs. Importing it is cheap: a tool's own module, and
LangChain with it, is imported when the tool is made.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tools.config import ToolConfig, ToolSetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from langchain_core.tools import BaseTool

__all__ = [
    "DEFAULT",
    "Need",
    "ToolConfig",
    "ToolSetupError",
    "ToolSpec",
    "available",
    "load_tools",
    "names",
    "select",
]

Need = Literal["root", "database", "web"]
"""A folder, a database, or the extra packages for the web."""

_NEEDS: dict[Need, str] = {
    "root": "a folder to work in (`AGENT_FILES_ROOT`)",
    "database": "a database (`AGENT_DATABASE_URL`: a SQLAlchemy URL or the path of a SQLite file)",
    "web": 'the `web` extra (`pip install "portolan-agent[web]"`)',
}
DEFAULT = ("calculator", "clock", "units")
"""The groups that are on when nothing was chosen."""

_WEB_PACKAGES = ("ddgs", "trafilatura")


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool of the registry: what it is and what it needs."""

    name: str
    """The name the model calls it by, and one that `load_tools` takes."""

    group: str
    """The name that stands for this tool and those beside it, such as `files`."""

    summary: str
    """One line for a person who chooses tools."""

    module: str
    """Where its factory is: a function `build_<name>(config)` of this module."""

    needs: tuple[Need, ...] = ()
    """What must be configured or installed. A missing extra does not keep a tool from loading: it says so when run."""

    @property
    def default(self) -> bool:
        """Whether it is loaded when nothing was chosen."""
        return self.group in DEFAULT

    @property
    def needs_text(self) -> str:
        """What it needs, in words; empty when it needs nothing."""
        return " and ".join(_NEEDS[need] for need in self.needs)

    def missing(self, config: ToolConfig) -> tuple[str, ...]:
        """Say what the tool needs and does not have under `config`; empty when it is ready."""
        return tuple(_NEEDS[need] for need in self.needs if not _met(need, config))

    @property
    def factory(self) -> Callable[[ToolConfig], BaseTool]:
        """The function that makes the tool; reading this imports the tool's module."""
        module = importlib.import_module(self.module)
        factory: Callable[[ToolConfig], BaseTool] = getattr(module, f"build_{self.name}")
        return factory


_REGISTRY = (
    ToolSpec("calculator", "calculator", "Exact arithmetic, percent, common functions.", "tools.calculator.tool"),
    ToolSpec("current_time", "clock", "The date and time now, in any time zone.", "tools.clock.tool"),
    ToolSpec("convert_time", "clock", "A given time in another time zone.", "tools.clock.tool"),
    ToolSpec("date_difference", "clock", "Days, weeks and months between two dates.", "tools.clock.tool"),
    ToolSpec("convert_units", "units", "A quantity in another unit of measure.", "tools.units"),
    ToolSpec("list_files", "files", "What a folder under the root holds.", "tools.files.tool", ("root",)),
    ToolSpec("read_file", "files", "A text file under the root, page by page.", "tools.files.tool", ("root",)),
    ToolSpec("search_files", "files", "Files under the root, by name and by content.", "tools.files.search", ("root",)),
    ToolSpec("write_file", "files", "Writes a text file under the root.", "tools.files.tool", ("root",)),
    ToolSpec("sql_schema", "sql", "The tables of a database and their columns.", "tools.sql.tool", ("database",)),
    ToolSpec("sql_query", "sql", "One read-only query on a database.", "tools.sql.tool", ("database",)),
    ToolSpec("web_search", "web", "Searches the web.", "tools.web.search", ("web",)),
    ToolSpec("web_fetch", "web", "The readable text of a public web page.", "tools.web.tool", ("web",)),
)  # fmt: skip


def available() -> tuple[ToolSpec, ...]:
    """All tools that there are, in the order in which they are shown."""
    return _REGISTRY


def names() -> tuple[str, ...]:
    """Every name that `load_tools` takes: tools, groups, `default` and `all`."""
    return tuple(dict.fromkeys([*(s.name for s in _REGISTRY), *(s.group for s in _REGISTRY), "default", "all"]))


def select(wanted: Iterable[str] | None) -> tuple[ToolSpec, ...]:
    """Find the tools that names stand for, each once, in the registry's order.

    Args:
        wanted: Names of tools or groups, `default` for the default set, `all` for every tool; `None` for the default
            set.

    Raises:
        ToolSetupError: A name is unknown; the text suggests the nearest.
    """
    chosen: set[str] = set()
    for raw in ["default"] if wanted is None else wanted:
        name = raw.strip().lower()
        found = {spec.name for spec in _REGISTRY if name in (spec.name, spec.group, "all")}
        if name == "default":
            found = {spec.name for spec in _REGISTRY if spec.default}
        if not found:
            near = difflib.get_close_matches(name, names(), n=3, cutoff=0.5)
            hint = f" Did you mean {' or '.join(f'`{match}`' for match in near)}?" if near else ""
            msg = f"There is no tool named {raw!r}.{hint} There are: {', '.join(names())}."
            raise ToolSetupError(msg)
        chosen |= found
    return tuple(spec for spec in _REGISTRY if spec.name in chosen)


def load_tools(wanted: Iterable[str] | None = None, config: ToolConfig | None = None) -> list[BaseTool]:
    """Make tools, ready to be bound to a model.

    Args:
        wanted: As for `select`.
        config: What the tools may use; by default nothing, which is enough for the default set.

    Raises:
        ToolSetupError: A name is unknown, or a tool lacks the folder or the database that it needs.
    """
    config = config or ToolConfig()
    tools = []
    for spec in select(wanted):
        lacking = [_NEEDS[need] for need in spec.needs if need != "web" and not _given(need, config)]
        if lacking:
            msg = f"The tool `{spec.name}` needs {' and '.join(lacking)}."
            raise ToolSetupError(msg)
        try:
            tools.append(spec.factory(config))
        except ToolSetupError as error:
            error.need = spec.needs[0] if spec.needs else None
            raise
    return tools


def _given(need: Need, config: ToolConfig) -> bool:
    return (config.root if need == "root" else config.database_url) is not None


def _met(need: Need, config: ToolConfig) -> bool:
    if need == "web":
        return all(importlib.util.find_spec(package) for package in _WEB_PACKAGES)
    return _given(need, config) and (need != "root" or (config.root is not None and config.root.is_dir()))
