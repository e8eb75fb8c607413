"""Chat models that were bound to options, made configurable or given substitutes before the agent got them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables.base import RunnableBinding, RunnableBindingBase
from langchain_core.runnables.configurable import RunnableConfigurableAlternatives, RunnableConfigurableFields
from langchain_core.runnables.fallbacks import RunnableWithFallbacks

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.notices import say_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool


def is_adapter(model: object) -> bool:
    """Whether it is Portolan's own adapter that answers within all that was put around it, whichever is chosen."""
    return all(isinstance(one, ChatEndpoint) for one in _within(model))


def _within(model: object) -> list[object]:
    """The models that may answer; what cannot be looked into is given as it is."""
    if isinstance(model, RunnableBindingBase):
        return _within(model.bound)
    if isinstance(model, RunnableWithFallbacks):
        return [one for member in (model.runnable, *model.fallbacks) for one in _within(member)]
    if isinstance(model, RunnableConfigurableAlternatives):
        return [one for member in (model.default, *model.alternatives.values()) for one in _within(member)]
    if isinstance(model, RunnableConfigurableFields):
        return _within(model.default)
    return [model]


def bind_tools(model: Any, tools: list[dict[str, Any]]) -> Runnable[Any, Any]:
    """Give tools to an adapter with something around it, which stays: options, retries, substitutes.

    LangChain's own `bind_tools` would reach through to the adapter and leave all of that behind. A choice of tools that
    was bound with other tools is left out: if every reply must be a call, a loop has no end.

    Args:
        model: see `is_adapter`.
        tools: as a request has them.
    """
    bound: Runnable[Any, Any] = model.bind(tools=tools)
    if _forces_call(model):
        say_once("The tool_choice that the chat model was bound to is left out, as it forces a call in every turn.")
        return bound.bind(tool_choice=None)
    return bound


def bind_foreign(model: Any, tools: Sequence[BaseTool]) -> Runnable[Any, Any]:
    """Give tools to a model of another make, with the options that it was bound to (`.bind(stop=…)`).

    Raises:
        NotImplementedError, AttributeError: it takes none.
    """
    bound: Runnable[Any, Any] = model.bind_tools(tools)
    if isinstance(model, RunnableBinding) and isinstance(bound, RunnableBinding):
        left = {key: value for key, value in model.kwargs.items() if key not in bound.kwargs}
        if left.get("tool_choice") not in _LEFT_TO_THE_MODEL:
            del left["tool_choice"]
        bound = bound.bind(**left).with_config(model.config)
    return bound


_LEFT_TO_THE_MODEL = (None, "auto", "none")


def _forces_call(model: object) -> bool:
    if isinstance(model, RunnableBindingBase):
        return model.kwargs.get("tool_choice") not in _LEFT_TO_THE_MODEL or _forces_call(model.bound)
    if isinstance(model, RunnableWithFallbacks):
        return any(_forces_call(member) for member in (model.runnable, *model.fallbacks))
    if isinstance(model, RunnableConfigurableAlternatives):
        return any(_forces_call(member) for member in (model.default, *model.alternatives.values()))
    return isinstance(model, RunnableConfigurableFields) and _forces_call(model.default)
