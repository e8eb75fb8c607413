"""Whether anything watches a call: a handler of callbacks, a trace, LangChain's verbose or debug output.

LangChain prepares for each call of a model or a tool what handlers get of it, and does so if there are none, too.
"""

from __future__ import annotations

from operator import attrgetter, is_
from types import FunctionType
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from langchain_core.callbacks import BaseCallbackManager, CallbackManager

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from langchain_core.callbacks import Callbacks

__all__ = ["StockMethods", "is_watched"]


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


class StockMethods:
    """Methods that no subclass and no instrumentation may have replaced where LangChain is to be done without.

    They are looked at whenever it is asked for, since an instrumentation may come late.

    Args:
        modules: where they were written.
        names: their names, two or more.
    """

    def __init__(self, modules: Collection[str], names: Sequence[str]) -> None:
        self._modules = frozenset(modules)
        self._methods = attrgetter(*names)
        self._known: WeakKeyDictionary[type, tuple[object, ...]] = WeakKeyDictionary()

    def are_of(self, kind: type) -> bool:
        """Whether a class has them as they were written."""
        methods = self._methods(kind)
        if (known := self._known.get(kind)) is not None and all(map(is_, methods, known)):
            return True
        stock = all(map(self._is_stock, methods))
        if stock:
            self._known[kind] = methods
        return stock

    def _is_stock(self, method: object) -> bool:
        """A wrapper may take over the name of what it wraps, and that of its module, but runs with its own globals."""
        return type(method) is FunctionType and method.__globals__.get("__name__") in self._modules
