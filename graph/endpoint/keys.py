"""The key of an endpoint: as it was given, or from a function that is asked before each request (keys that expire)."""

from __future__ import annotations

import inspect
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from graph.endpoint.settings import PLACEHOLDER_KEY, checked_key
from graph.errors import PortolanError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Given = SecretStr | Callable[[], str] | Callable[[], Awaitable[str]]

_REMEMBERED: Final = 8


@contextmanager
def _named() -> Iterator[None]:
    """What the function raises, as a sentence that names it; its own words, which may hold a key, stay in the cause."""
    try:
        yield
    except PortolanError:
        raise
    except Exception as error:
        msg = f"the function given as api_key gave no key but raised {type(error).__name__}"
        raise SettingsError(msg, remedy="Let it return the key, or raise an error of graph.errors.") from error


class Key:
    """Gives the key for one request after the other; what it gave is in `secrets`, the latest few.

    Args:
        given: the key, or a function without arguments that returns it; it may be asynchronous.
    """

    def __init__(self, given: Given) -> None:
        self._given = given
        self.secrets: deque[str] = deque(maxlen=_REMEMBERED)
        if isinstance(given, SecretStr):
            self._checked(given.get_secret_value())

    def get(self) -> str:
        """The key for the next request.

        Raises:
            SettingsError: what the function gives is no key, or it raises, or it is asynchronous.
        """
        if isinstance(self._given, SecretStr):
            return self._given.get_secret_value()
        with _named():
            value = self._given()
        if inspect.isawaitable(value):
            if inspect.iscoroutine(value):
                value.close()
            msg = "api_key is an asynchronous function, which a synchronous request cannot wait for"
            raise SettingsError(msg, remedy="Ask with ainvoke or astream, or give a function that is not asynchronous.")
        return self._checked(value)

    async def aget(self) -> str:
        """`get` for an event loop, where an asynchronous function serves as well."""
        if isinstance(self._given, SecretStr):
            return self._given.get_secret_value()
        with _named():
            value = self._given()
            if inspect.isawaitable(value):
                value = await value
        return self._checked(value)

    def _checked(self, value: object) -> str:
        if not isinstance(value, str):
            msg = f"the function given as api_key returns a value of the type {type(value).__name__}, and not a string"
            raise SettingsError(msg, remedy="Let it return the key itself.")
        key = value or PLACEHOLDER_KEY
        try:
            checked_key(SecretStr(key))
        except ValueError as error:
            msg = f"api_key {error}"
            raise SettingsError(msg) from None
        if key not in self.secrets:
            self.secrets.append(key)
        return key
