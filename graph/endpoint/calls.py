"""Tool calls put together from deltas: which delta belongs to which call, and whether the arguments came whole.

The standard says: `index` tells calls apart, id and name come once, arguments are pieces of one string. Endpoints leave
out the index, share it, restart it, repeat the name, change the id in every chunk, or send an object (WIRE.md, A1.3,
A8, B4). Here every sign is weighed: the index, the id, the name, and whether the arguments so far are already whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.endpoint.json_text import load_strictly
from graph.endpoint.reply import BrokenCall, Call, Delta, new_call_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_OPEN, _CLOSE = "{[", "}]"


@dataclass(slots=True)
class _Whole:
    """Whether the text so far is one whole JSON object: counted as it comes, since each piece is read only once."""

    depth: int = 0
    in_string: bool = False
    escaped: bool = False
    closed: bool = False

    def feed(self, text: str) -> None:
        for char in text:
            if self.in_string:
                if self.escaped:
                    self.escaped = False
                elif char == "\\":
                    self.escaped = True
                elif char == '"':
                    self.in_string = False
            elif char == '"':
                self.in_string = True
            elif char in _OPEN:
                self.depth += 1
            elif char in _CLOSE:
                self.depth -= 1
                self.closed = self.closed or self.depth == 0


@dataclass(slots=True)
class _Building:
    """A call under way. It is not shown while its name may go on, nor if its arguments are not an object's own text."""

    position: int
    index: int | None
    id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    whole: _Whole = field(default_factory=_Whole)
    given_id: bool = False
    shown: bool = False
    encoded: bool | None = None
    ambiguous: bool = False
    announced: str = ""

    def add(self, value: object) -> str:
        """Add a piece of arguments; return it as text."""
        if isinstance(value, str):
            text = value
        elif value is None:
            return ""
        else:  # an object, or a list that `finish` will refuse, instead of a string
            text = json.dumps(value, ensure_ascii=False)
        if self.encoded is None and text.strip():
            self.encoded = text.lstrip()[0] != "{"
        self.arguments.append(text)
        self.whole.feed(text)
        self.ambiguous = self.ambiguous and not text.strip()
        return text

    @property
    def text(self) -> str:
        return "".join(self.arguments)


class CallAssembler:
    """Collects the tool calls of one reply.

    Args:
        names: the names of the tools that the request offered.
        taken: ids that the thread has used already; a call never gets one of them.
    """

    def __init__(self, names: Collection[str] = (), taken: Collection[str] = ()) -> None:
        self._names = frozenset(names)
        self._taken = set(taken)
        self._calls: list[_Building] = []
        self._by_index: dict[int, _Building] = {}
        self._by_id: dict[str, _Building] = {}
        self._streamed = False

    def __len__(self) -> int:
        return len(self._calls)

    def whole(self, raw: Mapping[str, Any]) -> Iterator[Delta]:
        """Add a call of a reply that was not streamed: each entry of the list is one call."""
        name, arguments = _function(raw)
        call = self._new(None, _text(raw.get("id")))
        call.name = name
        call.add(arguments)
        yield from self._show(call)

    def delta(self, raw: Mapping[str, Any]) -> Iterator[Delta]:
        """Add a streamed piece of a call; yield what may be shown of it."""
        self._streamed = True
        name, arguments = _function(raw)
        index, given = _number(raw.get("index")), _text(raw.get("id"))
        call = self._target(index, given, name, arguments)
        if not call.name and not name and call.position and self._calls[call.position - 1].announced:
            name = self._calls[call.position - 1].announced
        if name and name != call.name:
            call.name = call.name + name if call.name else name
        before = len(call.arguments)
        call.add(arguments)
        yield from self._show(call, before)

    def _target(self, index: int | None, given: str, name: str, arguments: object) -> _Building:
        call = self._by_index.get(index) if index is not None else None
        same_id = self._by_id.get(given) if given else None
        if call is None and same_id is not None and not (name and same_id.whole.closed):
            call = same_id  # the index changed, the id did not
        elif call is None and index is not None and self._calls and not given and not name:
            call = self._calls[-1]  # an index that runs on with every chunk
        elif call is None and index is None and self._calls:
            call = same_id or self._calls[-1]
        if call is None or self._starts_anew(call, given, name, arguments):
            # A whole call's name under another id and nothing else: one more call, or the gateway's last empty piece.
            doubtful = call is not None and call.whole.closed and name == call.name and _is_nothing(arguments)
            call = self._new(index, given)
            call.ambiguous = doubtful
        if index is not None:
            self._by_index[index] = call
        if given:
            self._by_id.setdefault(given, call)
        return call

    def _starts_anew(self, call: _Building, given: str, name: str, arguments: object) -> bool:
        """Whether a delta that points to a known call is in truth the beginning of another."""
        if given and self._by_id.get(given) is call and not (name and call.whole.closed):
            return False
        if not name:
            # Only arguments: another call's only if these are whole already and an object begins again.
            return call.whole.closed and isinstance(arguments, str) and arguments.lstrip().startswith("{")
        if name == call.name:
            return self._repeats(call, given, arguments)
        if call.text.strip() or not call.name:
            return bool(call.name)
        # Two names in a row and no arguments between them: a name in pieces, or a call that has no arguments.
        return call.name in self._names and call.name + name not in self._names

    def _repeats(self, call: _Building, given: str, arguments: object) -> bool:
        """Whether a call's name, come once more, begins another call of the same tool."""
        another_id = bool(given) and call.given_id and self._by_id.get(given) is not call
        if call.whole.closed:
            if another_id or not _is_nothing(arguments):
                return True
            call.announced = call.name  # only the name repeated, or the head of a call whose arguments follow
        elif another_id and not call.text.strip() and _is_nothing(arguments):
            call.ambiguous = True  # the same head again, or a second call: the pieces that follow may tell
            return True
        return False

    def _new(self, index: int | None, given: str) -> _Building:
        fresh = bool(given) and given not in self._taken
        call = _Building(len(self._calls), index, given if fresh else new_call_id(), given_id=bool(given))
        self._taken.add(call.id)
        self._calls.append(call)
        return call

    def _show(self, call: _Building, start: int = 0) -> Iterator[Delta]:
        if not call.name or call.encoded:
            return  # a call without a name is shown with its name; encoded arguments at the end
        if not call.shown:
            if self._names and call.name not in self._names and any(n.startswith(call.name) for n in self._names):
                return  # the name may go on
            call.shown = True
            text = call.text
            yield Delta(call_index=call.position, call_id=call.id, call_name=call.name, arguments=text)
        elif text := "".join(call.arguments[start:]):
            yield Delta(call_index=call.position, arguments=text)

    def finish(self, *, cut: str = "", off: str = "") -> Iterator[tuple[Call | BrokenCall, Delta]]:
        """Yield each call in order, whole or broken, with the last delta that makes the stream say the same.

        Args:
            cut: why the reply broke off, if it did; the last call then is broken even if its text is whole, since a
                server may have closed what the model had not (WIRE.md, B5).
            off: why no call may run at all, if none may.
        """
        # Arguments that begin again without a name: pieces alternate with nothing to tell them apart.
        astray = self._streamed and any(call.position and not call.name and call.text.strip() for call in self._calls)
        for call in self._calls:
            last = call is self._calls[-1]
            text = call.text
            arguments, reason = _parse(text)
            if off:
                reason = off
            elif call.ambiguous:
                reason = "the stream does not tell whether this is one call or two"
            elif not call.name:
                reason = "it has no name"
            elif astray:
                reason = "the stream does not tell which call its arguments belong to"
            elif cut and (last or not text.strip()):  # where pieces of calls alternate, not only the last is under way
                reason = f"the reply {cut} within the call"
            head = {} if call.shown else {"call_id": call.id, "call_name": call.name}
            if reason:
                rest = seal(text) if call.shown and not call.encoded else text + seal(text)
                broken = BrokenCall(call.id, call.name, text, reason)
                yield broken, Delta(call_index=call.position, arguments=rest, **head)
                continue
            rest = "" if call.shown and not call.encoded else arguments
            done = Call(call.id, call.name, arguments)
            yield done, Delta(call_index=call.position, arguments=rest, **head)


def seal(text: str) -> str:
    """What to append to a call's raw arguments so that nobody completes them.

    LangChain's parser closes what a truncated object leaves open, and the tool would run on half an argument. A bracket
    that closes nothing makes it call the arguments invalid (langchain_core.utils.json.parse_partial_json).
    """
    whole = _Whole()
    stack: list[str] = []
    for char in text:
        if not whole.in_string and char in _OPEN:
            stack.append(char)
        elif not whole.in_string and char in _CLOSE and stack:
            stack.pop()
        whole.feed(char)
    quote = ("\\" if whole.escaped else "") + '"' if whole.in_string else ""
    return f"{quote} {'}' if stack and stack[-1] == '[' else ']'}"


def is_whole(text: str) -> bool:
    """Whether raw arguments are the whole text of an object (nothing at all is an object without members)."""
    return not _parse(text)[1]


def _parse(text: str) -> tuple[str, str]:
    """The JSON text of an object, or what is wrong with the arguments."""
    if not text.strip() or text.strip() == "null":
        return "{}", ""
    try:
        value = load_strictly(text, line_breaks=True)
        if isinstance(value, str) and value.strip():
            text = value  # encoded twice
            value = load_strictly(text, line_breaks=True)
    except ValueError as error:
        return "", f"its arguments are not whole JSON ({error})"
    except RecursionError:
        return "", "its arguments are nested without end"
    if value is None or value == "":
        return "{}", ""
    if not isinstance(value, dict):
        return "", f"its arguments are a JSON {type(value).__name__}, not an object"
    return text, ""


def _function(raw: Mapping[str, Any]) -> tuple[str, object]:
    function = raw.get("function")
    if not isinstance(function, dict):
        return "", None
    return _text(function.get("name")), function.get("arguments")


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None


def _is_nothing(arguments: object) -> bool:
    return arguments is None or (isinstance(arguments, str) and not arguments.strip())
