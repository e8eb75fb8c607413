"""Chat models that were bound to options, or made configurable, before they were given to the agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables.base import RunnableBinding, RunnableBindingBase
from langchain_core.runnables.configurable import RunnableConfigurableFields

from graph.endpoint.adapter import ChatEndpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool


def is_adapter(model: object) -> bool:
    """Whether it is Portolan's own adapter that answers within what was bound around it."""
    while not isinstance(model, ChatEndpoint):
        if isinstance(model, RunnableBindingBase):
            model = model.bound
        elif isinstance(model, RunnableConfigurableFields):
            model = model.default
        else:
            return False
    return True


def bind_tools(model: Any, tools: Sequence[BaseTool]) -> Runnable[Any, AIMessage]:
    """Give a model tools; LangChain would drop the options that it was bound to (`.bind(stop=…)`).

    Raises:
        NotImplementedError, AttributeError: it takes none.
    """
    bound: Runnable[Any, AIMessage] = model.bind_tools(tools)
    if isinstance(model, RunnableBinding) and isinstance(bound, RunnableBinding):
        bound = bound.bind(**{key: value for key, value in model.kwargs.items() if key not in bound.kwargs})
        bound = bound.with_config(model.config)
    return bound
