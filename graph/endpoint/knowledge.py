"""What is known of each endpoint in this process: the table, what was measured or learned, what the user set."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.endpoint import store
from graph.endpoint.doubts import contradictions, say_contradicted, say_if_another_serves, say_if_old
from graph.endpoint.facts import Fact
from graph.endpoint.known import Server, recognise
from graph.endpoint.notices import say_once
from graph.endpoint.profiles import effective_profile
from graph.endpoint.refusals import Lesson

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from graph.endpoint.facts import EffectiveProfile
    from graph.endpoint.profile import Profile
    from graph.endpoint.reply import Reply
    from graph.endpoint.store import Stored

_learned: dict[tuple[str, str], dict[str, tuple[Any, str]]] = {}
_changes: Counter[tuple[str, str]] = Counter()
_servers: dict[str, Server] = {}
_refused_items: dict[tuple[str, str], frozenset[bytes]] = {}
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Learned:
    """A lesson that was taken in, with what it replaced, so that it can be taken back.

    Attributes:
        lesson: the lesson.
        earlier: what this process had learned of the flags before.
        stored: what was stored of them before.
    """

    lesson: Lesson
    earlier: Mapping[str, tuple[Any, str] | None]
    stored: Mapping[str, Fact | None]

    def changes(self, flag: str) -> bool:
        """Whether the lesson is about this flag."""
        return any(flag == changed for changed, _ in self.lesson.changes)


def profile_of(stored: Stored, *, overrides: Mapping[str, Any], server: Server | None = None) -> EffectiveProfile:
    """The profile of an endpoint, by what is stored of it, what the user set, and what serves there."""
    server = server or stored.server
    return effective_profile(
        stored.base_url,
        stored.model,
        overrides=overrides,
        measured=stored.facts,
        server=server.name if server else None,
        version=server.version if server else None,
    )


@dataclass(slots=True)
class Knowledge:
    """The profile of one endpoint, which grows with what refusals teach.

    What one graph learned holds for every graph of the process on the same base URL and model, and is stored for the
    next process, with what serves there.

    Attributes:
        base_url: the endpoint's base URL.
        model: the model's name.
        overrides: flags that the user set; facts of source `measured` among them win over stored ones alone.
        server: what serves there, where the caller knows it; else a reply may tell.
    """

    base_url: str
    model: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    server: Server | None = None
    _built: tuple[int, Server | None, EffectiveProfile] | None = None
    _unknown: tuple[object, ...] | None = None

    @property
    def effective(self) -> EffectiveProfile:
        """The profile as of now."""
        key = (self.base_url, self.model)
        server = self.server or _servers.get(self.base_url)
        built = self._built  # other threads replace it meanwhile
        if built is None or built[0] != _changes[key] or built[1] is not server:
            with _lock:
                learned, changes = dict(_learned.get(key, {})), _changes[key]
            stored = store.read(self.base_url, self.model)
            profile = profile_of(stored, overrides=self.overrides, server=server)
            today = dt.datetime.now(tz=dt.UTC).date()
            for flag, (value, why) in learned.items():
                profile = profile.with_fact(flag, value, source="measured", evidence=why, date=today)
            self._built = built = changes, server, profile
            if not any(isinstance(one, Fact) and one.source == "measured" for one in self.overrides.values()):
                say_if_old(stored)
        return built[2]

    def identify(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        """Recognise the server by a reply that it sent, and know from then on, here and in later processes."""
        signs = body.get("system_fingerprint"), headers.get("server")
        if self.server is not None or (signs == self._unknown and "data" not in body):
            return
        found = recognise(headers, body)
        if found is None:
            self._unknown = signs
            return
        stored = store.read(self.base_url, self.model)
        if stored.server and stored.server.name == found.name and found.version is None:
            found = stored.server  # the list of models tells the name alone
        self.server = _servers[self.base_url] = found
        if found != stored.server:
            store.save(self.base_url, self.model, {}, server=found)
        say_if_another_serves(stored, found)

    @property
    def refused_items(self) -> frozenset[bytes]:
        """The replies whose items were refused here, as `responses_items.name_of` names them."""
        return _refused_items.get((self.base_url, self.model), frozenset())

    def refuse_items(self, replies: Collection[bytes]) -> None:
        """Send the items of these replies no more, from this process: each request with them would be refused first."""
        with _lock:
            _refused_items[self.base_url, self.model] = self.refused_items | frozenset(replies)

    def witness(self, reply: Reply) -> None:
        """Compare a reply with what was measured, and learn what only a reply can show."""
        if not (reply.recovered or reply.began_thinking or reply.retold):
            return
        leaks = self.effective.facts["leaks_tool_calls"]
        if reply.recovered and leaks.value is False and leaks.source == "measured":
            why = "a tool call came as text in the answer"
            self.learn(Lesson((("leaks_tool_calls", True),), why, "seen in a reply"))
        opened = self.effective.facts["thinking_opened"]
        if reply.began_thinking and not opened.value:
            why = "a reply begins within its reasoning, and only the closing tag comes"
            changes = (("thinking_opened", True), ("thinking_tags_in_content", True))
            self.learn(Lesson(changes, why, "seen in a reply"))
        if reply.retold and not reply.began_thinking and opened.value and opened.source == "measured":
            why = "a reply came whole without a closing tag, so that it did not begin within its reasoning"
            self.learn(Lesson((("thinking_opened", False),), why, "seen in a reply"))

    def learn(self, lesson: Lesson, drawn_from: Profile | None = None) -> Learned | None:
        """Take in what a refusal taught.

        Args:
            lesson: What was taught.
            drawn_from: The profile that the refused request was made by, where the lesson says how that has to change.

        Returns:
            None if it changes nothing here (the user has set the flag), or if the profile is another by now, since a
            request beside this one has learned meanwhile: then the lesson may be about what is changed already.
        """
        key = (self.base_url, self.model)
        changes = dict(lesson.changes)
        with _lock:
            before = self.effective
            if drawn_from is not None and before.profile != drawn_from:
                return None
            known = _learned.setdefault(key, {})
            earlier = {flag: known.get(flag) for flag in changes}
            known |= {flag: (value, lesson.why) for flag, value in changes.items()}
            _changes[key] += 1
            facts = self.effective.facts
            if self.effective.profile == before.profile:
                return None
            measured = {flag: facts[flag] for flag in changes if facts[flag].source == "measured"}
            stored = store.load(self.base_url, self.model)
            store.save(self.base_url, self.model, measured)
        if false := contradictions(before.facts, changes):
            say_contradicted(self.model, self.base_url, false, changes, lesson.why)
        else:
            say_once(f"Learned of {self.model} at {self.base_url}: {lesson.why}")
        return Learned(lesson, earlier, {flag: stored.get(flag) for flag in changes})

    def unlearn(self, learned: Learned) -> None:
        """Take a lesson back: the request was refused again, in the same words.

        What a request beside this one has learned of the same flags since then stays.
        """
        key = (self.base_url, self.model)
        lesson = learned.lesson
        with _lock:
            known = _learned.setdefault(key, {})
            flags = {flag for flag, value in lesson.changes if known.get(flag) == (value, lesson.why)}
            for flag in flags:
                del known[flag]
            known |= {flag: entry for flag, entry in learned.earlier.items() if flag in flags and entry is not None}
            _changes[key] += 1
            before = {flag: fact for flag, fact in learned.stored.items() if flag in flags and fact is not None}
            store.save(self.base_url, self.model, before, forget=frozenset(flags) - before.keys())
        say_once(f"Taken back of {self.model} at {self.base_url}: {lesson.why}; it was refused all the same")


def forget_learned() -> None:
    """Forget what this process learned; stored profiles are another matter (`store.forget`)."""
    with _lock:
        _learned.clear()
        _changes.clear()
        _servers.clear()
        _refused_items.clear()
