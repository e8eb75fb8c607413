"""Tool calls put together from deltas: which delta belongs to which call, and whether the arguments came whole.

The standard says: `index` tells calls apart, id and name come once, arguments are pieces of one string. Endpoints leave
out the index, share it, restart it, repeat the name, change the id in every chunk, or send an object (WIRE.md, A1.3,
A8, B4). Here every sign is weighed: the index, the id, the name, and whether the arguments so far are already whole.
Where the signs leave it open to which call something belongs, the calls in question are broken.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from graph.endpoint.arguments import argument_text, is_nothing, read, same, seal
from graph.endpoint.call_building import ONE_OR_TWO, Building
from graph.endpoint.raw_message import extra_of, function_of, number, word
from graph.endpoint.reply import BrokenCall, Call, Delta, new_call_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_OTHER_CALLS: Final = "the end of the stream speaks of other calls than the stream"
_OTHER_ARGUMENTS: Final = "the end of the stream gives other arguments than the stream"

_INCOMPLETE: Final = "the endpoint says that the call is incomplete"

_BAD_BYTE: Final = "\ufffd"
"""What stands where bytes were no UTF-8."""


class CallAssembler:
    """Collects the tool calls of one reply.

    Args:
        names: the names of the tools that the request offered.
        taken: ids that the thread has used already; a call never gets one of them.
    """

    def __init__(self, names: Collection[str] = (), taken: Collection[str] = ()) -> None:
        self._names = frozenset(names)
        self._taken = set(taken)
        self._calls: list[Building] = []
        self._by_index: dict[int, Building] = {}
        self._by_id: dict[str, list[Building]] = {}
        self._streamed = False

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def renamed(self) -> list[tuple[str, str]]:
        """The ids of the calls as they came, and what the calls are named by."""
        return [(call.given, call.id) for call in self._calls if call.given]

    def whole(self, raw: Mapping[str, Any]) -> Iterator[Delta]:
        """Add a call of a reply that was not streamed: each entry of the list is one call."""
        name, arguments = function_of(raw)
        call = self._new(None, word(raw.get("id")))
        call.name, call.extra, call.incomplete = name, extra_of(raw), raw.get("status") == "incomplete"
        call.add(arguments)
        yield from self._show(call)

    def deltas(self, raws: Sequence[Mapping[str, Any]]) -> Iterator[Delta]:
        """Add the pieces of one event; those that have an id and a name of their own are calls of their own."""
        heads: set[str] = set()
        for raw in raws:
            given = word(raw.get("id")) if function_of(raw)[0] else ""
            yield from self.delta(raw, beside=bool(given and heads - {given}))
            heads |= {given} - {""}

    def delta(self, raw: Mapping[str, Any], *, beside: bool = False) -> Iterator[Delta]:
        """Add a streamed piece of a call; yield what may be shown of it.

        Args:
            raw: the piece.
            beside: another call's head stands in the same event.
        """
        self._streamed = True
        name, arguments = function_of(raw)
        index, given = number(raw.get("index")), word(raw.get("id"))
        call = None if beside and given not in self._by_id else self._known(index, given, name, arguments)
        if call is None:
            call = self._new(index, given)
        if index is not None:
            self._by_index[index] = call
        for earlier in self._calls[:-1]:  # calls are shown in their order
            if not earlier.shown:
                yield from self._show(earlier, named=True)
        before = self._calls[call.position - 1] if call.position else None
        announced = before.announced if before is not None and not call.name and not name else ""
        name = name or announced
        if name and name != call.name:
            call.placeholder = not call.name and not announced and argument_text(arguments).strip() == "{}"
            call.name = call.name + name if call.name else name
        if call.placeholder and not name and argument_text(arguments).lstrip().startswith("{"):
            call.begin_again()
        call.extra = extra_of(raw) or call.extra
        call.incomplete = call.incomplete or raw.get("status") == "incomplete"
        start = len(call.arguments)
        call.add(arguments)
        yield from self._show(call, start)

    def recap(self, calls: Sequence[Mapping[str, Any]]) -> Iterator[Delta]:
        """Compare with a whole message at the stream's end that says all once more; take from it what did not come."""
        if not self._calls or not calls:
            for raw in calls:
                yield from self.whole(raw)
            return
        for call, raw in itertools.zip_longest(list(self._calls), calls):
            name, arguments = function_of(raw or {})
            if call is None or (name and name != call.name):
                self._calls[-1].doubt = _OTHER_CALLS
            elif not is_nothing(arguments) and not call.text.strip():
                start = len(call.arguments)
                call.add(arguments)
                yield from self._show(call, start)
            elif not is_nothing(arguments) and not same(call.text, argument_text(arguments)):
                call.doubt = _OTHER_ARGUMENTS

    def _known(self, index: int | None, given: str, name: str, arguments: object) -> Building | None:
        """The call that a piece belongs to; None if it begins another one."""
        if not self._calls:
            return None
        owners = self._by_id.get(given, []) if given else []
        owner = owners[0] if len(owners) == 1 else None
        at_index = self._by_index.get(index) if index is not None else None
        if not name:
            return self._of_piece(owner, at_index, given, arguments)
        if index is not None and at_index is None:
            return self._under_new_index(index, owner, name)
        pointed = [one for one in (owner, at_index, None if at_index else self._calls[-1]) if one is not None]
        call = next((one for one in pointed if one.name == name and not one.whole.closed), pointed[0])
        if not self._begins(call, given, name, arguments):
            return call
        if name == call.name and call.whole.closed:
            again = self._new(index, given)
            again.doubt = ONE_OR_TWO if is_nothing(arguments) else ""
            # Some gateways send all calls once more at the end, whole, under the same id.
            same = given and given == call.given and index == call.index and not read(argument_text(arguments))[1]
            again.repeats = call if same else None
            return again
        return None

    def _of_piece(
        self, owner: Building | None, at_index: Building | None, given: str, arguments: object
    ) -> Building | None:
        """The call of a piece that has no name: the id tells more than an index, which may be shared."""
        call = owner or at_index or self._calls[-1]
        if owner is not None and owner.whole.closed and at_index is not None:
            call = at_index
        text = argument_text(arguments)
        starts = call.whole.closed and isinstance(arguments, str) and text.lstrip().startswith("{")
        # Only arguments: another call's only if these are whole already and an object begins again.
        held = call.placeholder and not call.announced
        return None if starts and not held and not (given and given == call.given) else call

    def _under_new_index(self, index: int, owner: Building | None, name: str) -> Building | None:
        """The call of a head with an index that is new: another one, unless id and name say that the index runs on."""
        if owner is None or owner.whole.closed:
            return None
        if name != owner.name:
            goes_on = not owner.text.strip() and owner.name not in self._names and owner.name + name in self._names
            return owner if goes_on else None
        if owner.text.strip():
            return owner
        owner.doubt = ONE_OR_TWO  # the same head again, or a second call of the same tool under one id
        again = self._new(index, owner.given)
        again.doubt = ONE_OR_TWO
        return again

    def _begins(self, call: Building, given: str, name: str, arguments: object) -> bool:
        """Whether a head that points to a known call is in truth the beginning of another."""
        another_id = bool(given) and bool(call.given) and given != call.given
        if name == call.name:
            return self._repeats(call, arguments, another_id=another_id)
        if call.text.strip() or not call.name:
            return bool(call.name)
        # Two names in a row and no arguments between them: a name in pieces, or a call that has no arguments.
        offered = call.name in self._names or name in self._names
        return offered and (another_id or call.name + name not in self._names)

    def _repeats(self, call: Building, arguments: object, *, another_id: bool) -> bool:
        """Whether a call's name, come once more, begins another call of the same tool."""
        if call.whole.closed:
            if another_id or not is_nothing(arguments):
                return True
            call.announced = call.name  # only the name repeated, or the head of a call whose arguments follow
        elif another_id and not call.text.strip() and is_nothing(arguments):
            call.doubt = ONE_OR_TWO  # the same head again, or a second call: the pieces that follow may tell
            return True
        return False

    def _new(self, index: int | None, given: str) -> Building:
        fresh = bool(given) and given not in self._taken
        call = Building(len(self._calls), index, given if fresh else new_call_id(self._taken), given)
        self._taken.add(call.id)
        self._calls.append(call)
        if given:
            self._by_id.setdefault(given, []).append(call)
        return call

    def _show(self, call: Building, start: int = 0, *, named: bool = False) -> Iterator[Delta]:
        """Yield what may be shown of a call by now; `named`: its name does not go on."""
        text = call.text
        if call.repeats is not None and not call.repeats.text.strip().startswith(text.strip()):
            call.repeats, start = None, 0
        if call.placeholder and text.strip() != "{}":
            call.placeholder, start = False, 0
        if not call.name or call.repeats is not None:
            return  # a call without a name is shown with its name, a repetition never
        held = call.encoded or call.placeholder
        if not call.shown:
            if not named and (call.name not in self._names or not text.strip()) and self._may_go_on(call.name):
                return
            call.shown = True
            yield Delta(call_index=call.position, call_id=call.id, call_name=call.name, arguments="" if held else text)
        elif not held and (piece := "".join(call.arguments[start:])):
            yield Delta(call_index=call.position, arguments=piece)

    def _may_go_on(self, name: str) -> bool:
        return any(len(one) > len(name) and one.startswith(name) for one in self._names)

    def finish(
        self, *, cut: str = "", off: str = "", unproved: Collection[str] = (), mangled: bool = False
    ) -> Iterator[tuple[Call | BrokenCall, Delta]]:
        """Yield each call in order, whole or broken, with the last delta that makes the stream say the same.

        Args:
            cut: why the reply broke off, if it did; the last call then is broken even if its text is whole, since a
                server may have closed what the model had not (WIRE.md, B5).
            off: why no call may run at all, if none may.
            unproved: names of tools that must not run without arguments, since nothing says that none were to come.
            mangled: some bytes of the reply were no text.
        """
        # Arguments that begin again without a name: pieces alternate with nothing to tell them apart.
        astray = self._streamed and any(call.position and not call.name and call.text.strip() for call in self._calls)
        for call in self._calls:
            text = call.text
            if call.repeats is not None and not cut and text.strip() == call.repeats.text.strip():
                continue  # the same call once more, under the same id
            arguments, reason = read(text)
            nothing = not text.strip()
            if astray:
                reason = "the stream does not tell which call its arguments belong to"
            elif cut and (call is self._calls[-1] or nothing):  # where pieces alternate, not only the last is under way
                reason = f"the reply {cut} within the call"
            elif call.incomplete:
                reason = _INCOMPLETE
            elif nothing and call.name in unproved:
                reason = "no arguments came, and nothing says that the call ended there"
            elif mangled and _BAD_BYTE in text:
                reason = "some bytes of its arguments are no text"
            reason = off or call.doubt or ("" if call.name else "it has no name") or reason
            yield self._ended(call, text, arguments, reason)

    @staticmethod
    def _ended(call: Building, text: str, arguments: str, reason: str) -> tuple[Call | BrokenCall, Delta]:
        head = {} if call.shown else {"call_id": call.id, "call_name": call.name}
        seen = call.shown and not call.encoded and not call.placeholder
        if reason:
            rest = seal(text) if seen else text + seal(text)
            broken = BrokenCall(call.id, call.name, text, reason)
            return broken, Delta(call_index=call.position, arguments=rest, **head)
        done = Call(call.id, call.name, arguments, call.extra)
        blank = bool(text) and not text.strip()  # what LangChain's parser does not take for nothing
        return done, Delta(call_index=call.position, arguments="" if seen and not blank else arguments, **head)
