"""From settings to a chat model, made when it is first asked for: the embedded one has to be fetched and loaded."""

from __future__ import annotations

import asyncio
import reprlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable

from graph.endpoint.adapter import ChatEndpoint
from graph.endpoint.known import Server
from graph.endpoint.notices import say_once
from graph.endpoint.profiles import overrides_from_env, overrides_from_toml
from graph.endpoint.settings import Endpoint
from graph.errors import SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from graph.endpoint.settings import Settings

EMBEDDED_STREAM_TIMEOUT_S = 600.0
"""A long prompt on two cores takes minutes before the first token comes."""


def profile_overrides(settings: Settings) -> dict[str, Any]:
    """The profile flags that the user set: those of the TOML file, then those of the environment.

    Raises:
        SettingsError: a flag does not exist, or has a value that it cannot have.
    """
    file = settings.profile_file
    from_file = overrides_from_toml(file, settings.origin("profile_file")) if file else {}
    return {**from_file, **overrides_from_env(settings.profile_overrides, settings.origin)}


@dataclass(slots=True)
class ModelSource:
    """The chat model of an agent.

    Args:
        settings: how requests are made, and which endpoint serves if none is given.
        endpoint: an endpoint, or a chat model that is used as it is.

    Raises:
        SettingsError: a profile flag is set wrongly, or the endpoint is none.
    """

    settings: Settings
    endpoint: Endpoint | BaseChatModel | None = None
    _model: BaseChatModel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _overrides: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        given: Any = self.endpoint
        if given is not None and not isinstance(given, Endpoint | Runnable):
            msg = f"Agent(endpoint={reprlib.repr(given)}) is refused: that is neither an endpoint nor a model"
            raise SettingsError(msg, remedy="Give Endpoint(model=…, base_url=…, api_key=…), or a chat model.")
        self._overrides = profile_overrides(self.settings)

    @property
    def where(self) -> str | None:
        """Where the model answers, for people, also before it is connected; None for a model of another make."""
        model = self._model or self.endpoint
        if isinstance(model, ChatEndpoint):
            return f"{model.model_name} at {model.openai_api_base}"
        if isinstance(model, Endpoint):
            return model.label
        if model is not None:
            return None
        return "the embedded model" if self.settings.embedded else self.settings.endpoint().label

    def get(self) -> BaseChatModel:
        """The model; the first call may take long, if weights have to be fetched."""
        with self._lock:
            model = self._model or self._connect()
            self._model = model
            return model

    async def aget(self) -> BaseChatModel:
        """`get` for an event loop, which goes on meanwhile."""
        model = self._model
        return model if model is not None else await asyncio.to_thread(self.get)

    def _connect(self) -> BaseChatModel:
        if self.endpoint is not None and not isinstance(self.endpoint, Endpoint):
            return self.endpoint
        settings = self.settings
        overrides = self._overrides
        if self.endpoint is None and settings.embedded:
            from graph.endpoint.embedded import serve  # noqa: PLC0415 - only who uses the model pays for it

            served = serve(settings.model, cache_dir=settings.model_cache, notify=say_once)
            endpoint = Endpoint(model=served.model, base_url=served.base_url, api_key=served.api_key)
            patient = {"stream_timeout_s": max(settings.stream_timeout_s, EMBEDDED_STREAM_TIMEOUT_S)}
            settings = settings.model_copy(update=patient)
            return ChatEndpoint.at(endpoint, settings, profile_overrides=overrides, server=Server("embedded"))
        return ChatEndpoint.at(self.endpoint or settings.endpoint(), settings, profile_overrides=overrides)
