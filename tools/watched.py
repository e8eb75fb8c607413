"""Whether anything watches a call: a handler of callbacks, a trace, LangChain's verbose or debug output.

LangChain prepares for each call of a model or a tool what handlers get of it, and does so if there are none, too.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING

from langchain_core.callbacks import BaseCallbackManager, CallbackManager

if TYPE_CHECKING:
    from langchain_core.callbacks import Callbacks

__all__ = ["is_stock", "is_watched"]


def is_watched(callbacks: Callbacks, own: Callbacks, *, verbose: bool) -> bool:
    """Whether a call has handlers.

    Args:
        callbacks: those of the call's config.
        own: those of the model or tool.
        verbose: whether the model or tool prints what it does.
    """
    given = callbacks.handlers if isinstance(callbacks, BaseCallbackManager) else callbacks
    return bool(given or own or verbose or CallbackManager.configure().handlers)


def is_stock(method: object, module: str) -> bool:
    """Whether a method is the one of LangChain's module, which no subclass and no instrumentation has replaced."""
    return isinstance(method, FunctionType) and method.__module__ == module and not hasattr(method, "__wrapped__")
