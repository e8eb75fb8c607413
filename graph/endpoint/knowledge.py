"""What is known of each endpoint in this process: the table, what was measured or learned, what the user set."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.endpoint import store
from graph.endpoint.known import Server, recognise
from graph.endpoint.notices import say_once
from graph.endpoint.profiles import effective_profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.endpoint.facts import EffectiveProfile
    from graph.endpoint.refusals import Lesson

_learned: dict[tuple[str, str], dict[str, tuple[Any, str]]] = {}
_servers: dict[str, Server] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Knowledge:
    """The profile of one endpoint, which grows with what refusals teach.

    What one graph learned holds for every graph of the process on the same base URL and model, and is stored for the
    next process.
    """

    base_url: str
    model: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    server: Server | None = None
    _seen: int = -1
    _profile: EffectiveProfile | None = None

    @property
    def effective(self) -> EffectiveProfile:
        """The profile as of now."""
        with _lock:
            learned = dict(_learned.get((self.base_url, self.model), {}))
        if self._profile is None:
            measured = store.load(self.base_url, self.model)
            server = self.server or _servers.get(self.base_url)
            self._profile = effective_profile(
                self.base_url,
                self.model,
                overrides=self.overrides,
                measured=measured,
                server=server.name if server else None,
                version=server.version if server else None,
            )
            self._seen = 0
        if len(learned) != self._seen:
            today = dt.datetime.now(tz=dt.UTC).date()
            for flag, (value, why) in learned.items():
                self._profile = self._profile.with_fact(flag, value, source="measured", evidence=why, date=today)
            self._seen = len(learned)
        return self._profile

    def identify(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        """Recognise the server by a reply that it sent, and know from then on what is known of it."""
        if self.server is not None:
            return
        found = recognise(headers, body)
        if found is not None:
            self.server = _servers[self.base_url] = found
            self._profile = None

    def learn(self, lesson: Lesson) -> bool:
        """Take in what a refusal taught; False if it changes nothing here (the user has set the flag)."""
        before = self.effective.profile
        key = (self.base_url, self.model)
        with _lock:
            known = _learned.setdefault(key, {})
            for flag, value in lesson.changes:
                known.pop(flag, None)
                known[flag] = (value, lesson.why)
        self._seen = -1
        changed = self.effective.profile != before
        if changed:
            say_once(f"Learned of {self.model} at {self.base_url}: {lesson.why}")
            facts = self.effective.facts
            store.save(self.base_url, self.model, {flag: facts[flag] for flag, _ in lesson.changes})
        return changed


def forget_learned() -> None:
    """Forget what this process learned; stored profiles are another matter (`store.forget`)."""
    with _lock:
        _learned.clear()
        _servers.clear()
