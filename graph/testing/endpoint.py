"""The emulated endpoint: what a test starts, points its settings at, and asks afterwards."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from graph.testing.providers import get_provider
from graph.testing.server import Server
from graph.testing.service import Service
from graph.testing.story import shown, tell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from graph.testing.provider import Provider
    from graph.testing.recorded import RecordedRequest
    from graph.testing.script import Script, ScriptItem

MARK = "portolan-emulated-"
"""How the path of an emulated endpoint begins. What is learned of a base URL with it is kept in the folder of that name
in the temporary folder, as long as there is one (`graph.endpoint.store`)."""


class ScriptError(AssertionError):
    """The script did not fit what the client asked for, or raised."""


class EmulatedEndpoint:
    """A server on 127.0.0.1 that validates and answers like a provider, and says what a script tells it to.

    ```python
    with EmulatedEndpoint("openai", [Reply(calls=[Call("add", {"a": 1, "b": 2})]), Reply("3")]) as endpoint:
        model = ChatOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key, model=endpoint.model)
        ...
        assert endpoint.requests[1].messages[-1]["role"] == "tool"
    ```

    It serves from the constructor on, and until `close` or the end of the `with` block. Its base URL is its own alone:
    what an agent learned of one endpoint, the next one does not meet, whether it has the same port or not. Until it is
    closed, what was learned is kept for other processes too, in a temporary folder.

    Args:
        provider: The name of a provider (`PROVIDERS`), or one of your own.
        script: What the model says: one item for each request that is accepted, or a function of the request.
        wire: Changes of the provider's `Wire`.
        rules: Changes of its `Rules`.
        limits: Changes of its `Limits`.
        behaviour: Changes of its `Behaviour`.
        exact: Whether a script that is a list has to be said to its end, and as it stands: False where the provider is
            meant to change it (a cap that cuts, a choice that forces a call, a model that does not think), or where
            some of it may be left.

    Raises:
        ValueError: No provider has this name, or it has no error that the script names, or a field that is changed does
            not take this value.
        TypeError: The script holds something that cannot be said, or a field that is changed does not exist.
        ScriptError: At the end of the `with` block, if a request came that the script had nothing for, if the script
            raised, or if it was not said as it stands (`exact`). Whatever ends the block has a note that says what the
            endpoint met.
    """

    def __init__(
        self,
        provider: str | Provider = "openai",
        script: Script = (),
        *,
        wire: Mapping[str, Any] | None = None,
        rules: Mapping[str, Any] | None = None,
        limits: Mapping[str, Any] | None = None,
        behaviour: Mapping[str, Any] | None = None,
        exact: bool = True,
    ) -> None:
        found = get_provider(provider) if isinstance(provider, str) else provider
        self.provider = found.but(wire=wire, rules=rules, limits=limits, behaviour=behaviour)
        self._exact = exact
        self._service = Service(self.provider, script)
        self._folder = Path(tempfile.mkdtemp(prefix=MARK))
        self._server = Server(self._service, f"/{self._folder.name}")
        self._clear = weakref.finalize(self._server, shutil.rmtree, self._folder, ignore_errors=True)

    @property
    def root_url(self) -> str:
        """Scheme, host and port, and the path that is this endpoint's alone; without that, the same is served."""
        return f"http://127.0.0.1:{self._server.server_port}/{self._folder.name}"

    @property
    def base_url(self) -> str:
        """The base URL, for `OPENAI_API_BASE`."""
        return self.root_url + self.provider.path

    @property
    def api_key(self) -> str:
        """The key that is right, for `OPENAI_API_KEY`."""
        return self.provider.api_key

    @property
    def model(self) -> str:
        """The model that is served, for `AGENT_MODEL`."""
        return self.provider.model

    @property
    def env(self) -> dict[str, str]:
        """The three settings of `.env` that choose this endpoint."""
        return {"OPENAI_API_KEY": self.api_key, "OPENAI_API_BASE": self.base_url, "AGENT_MODEL": self.model}

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far, in the order of arrival, refused ones too."""
        return list(self._server.requests)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of the requests that were accepted."""
        return [request.body for request in self.requests if request.method == "POST" and request.refused is None]

    @property
    def remaining(self) -> int:
        """Script items that were not said."""
        return len(self._service.left)

    @property
    def failures(self) -> list[str]:
        """What the script had no answer for."""
        return list(self._service.failures)

    def say_next(self, *items: ScriptItem) -> None:
        """Add to the end of the script."""
        self._service.say_next(*items)

    def wait_for_requests(self, count: int, timeout: float = 30.0) -> list[RecordedRequest]:
        """Wait until so many requests have arrived (not: have been answered).

        Raises:
            TimeoutError: They did not arrive within so many seconds.
        """
        server = self._server
        with server.arrived:
            if not server.arrived.wait_for(lambda: len(server.requests) >= count, timeout):
                msg = f"{len(server.requests)} of {count} requests arrived within {timeout} s"
                raise TimeoutError(msg)
            return list(server.requests)

    def close(self) -> None:
        """End all connections and threads, and wait for them. Closing twice is fine."""
        if not self._server.closing.is_set():
            self._server.close()
            self._clear()

    def check(self) -> None:
        """Raise if the script did not fit.

        Raises:
            ScriptError: See the class.
        """
        found = [*self.failures, *(self._inexact() if self._exact and self._service.scripted else ())]
        if found:
            error = ScriptError("\n".join(found))
            error.add_note(self._story())
            raise error

    def _inexact(self) -> list[str]:
        """How what was said differs from the script."""
        found = [
            f"what was said to request {number} is not what the script has: {why}"
            for number, request in enumerate(self.requests, 1)
            for why in (*request.altered, request.unthought)
            if why
        ]
        left = self._service.left
        if left:
            found.append(f"{len(left)} of the script was not asked for, from {shown(left[0])} on")
        return [*found, "(`exact=False` allows that.)"] if found else []

    def _story(self) -> str:
        return tell(self.provider.name, self.requests, self._service.left)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is None:
            self.check()
        else:
            error.add_note(self._story())
