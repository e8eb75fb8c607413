"""Whether anything watches a call: a handler of callbacks, a trace, LangChain's verbose or debug output.

LangChain prepares for each call of a model or a tool what handlers get of it, and does so if there are none, too.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING

from langchain_core.callbacks import BaseCallbackManager, CallbackManager

if TYPE_CHECKING:
    from collections.abc import Collection

    from langchain_core.callbacks import Callbacks

__all__ = ["is_stock", "is_watched"]


def is_watched(callbacks: Callbacks, own: Callbacks, *, verbose: bool) -> bool:
    """Whether a call has handlers.

    Args:
        callbacks: those of the call's config.
        own: those of the model or tool.
        verbose: whether the model or tool prints what it does.
    """
    given: object = callbacks
    if isinstance(callbacks, BaseCallbackManager):
        given = callbacks.handlers or callbacks.inheritable_handlers
    return bool(given or own or verbose or CallbackManager.configure().handlers)


def is_stock(method: object, modules: Collection[str]) -> bool:
    """Whether a method was written in one of these modules, and no subclass and no instrumentation has replaced it.

    A wrapper may take over the name of what it wraps, and that of its module, but runs with the globals of its own.
    """
    return type(method) is FunctionType and method.__globals__.get("__name__") in modules
