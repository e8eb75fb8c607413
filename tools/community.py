"""Tools of langchain-community by name, for those who know what they want there.

The package is no longer maintained and says so when it is imported; it is imported only when one of its tools was
asked for (`AGENT_TOOLS=community:ArxivQueryRun`), and its notice is then not shown again. What it has for files and SQL
is not used: Portolan's own tools hold where those do not.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from tools.config import ToolSetupError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

PREFIX = "community:"


def load_community(name: str) -> BaseTool:
    """Make a tool of langchain-community that needs no configuration.

    Args:
        name: The name of its class in `langchain_community.tools`, with or without the prefix `community:`.

    Raises:
        ToolSetupError: There is no such tool, it needs a package that is missing, or it wants arguments.
    """
    from langchain_core.tools import BaseTool  # noqa: PLC0415 - keeps `import tools` cheap

    name = name.removeprefix(PREFIX).strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from langchain_community import tools as community  # noqa: PLC0415 - warns at import

            kind = getattr(community, name)
            made = kind()
    except AttributeError as error:
        msg = f"langchain-community has no tool named {name!r}."
        raise ToolSetupError(msg) from error
    except ImportError as error:
        msg = f"The tool {name!r} of langchain-community needs another package: {error}"
        raise ToolSetupError(msg) from error
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        msg = (
            f"The tool {name!r} of langchain-community cannot be made without arguments ({reason}); make it in Python."
        )
        raise ToolSetupError(msg) from error
    if not isinstance(made, BaseTool):
        msg = f"{name!r} of langchain-community is not a tool."
        raise ToolSetupError(msg)
    return made
