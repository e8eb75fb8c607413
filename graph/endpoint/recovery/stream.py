"""A reply as it arrives: pieces in, what may be shown out, the calls at the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery import markers
from graph.endpoint.recovery.cursor import Cursor
from graph.endpoint.recovery.results import BrokenCall, RecoveredCall, Recovery
from graph.endpoint.recovery.scanner import Scanner
from graph.endpoint.recovery.situation import Situation
from graph.endpoint.recovery.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Mapping, Sequence

_SLICE = 4096


class StreamRecovery:
    """Finds tool calls in a reply as it arrives.

    Args:
        tools: the bound tools: name to the JSON Schema of the parameters. With none, all text passes through.
        prompt: the user's last message; where it asks for an example or a plan, blocks without a marker are text.
        given: the messages of the user and of tools in the request; a call that stands in one of them word for word is
            a quotation of it and stays text.
        made: the calls since the user's last message: names and the text of their arguments.
        asked: the model was asked what it meant, so that a call sent alone is meant, if the user does not forbid it.
        holds: hold what comes from the first call in doubt on, as it may turn out to be no answer.
        doubts: no call runs; a whole one is in doubt.
        hinted: vague words may ask for the text of a call, and the model can be asked.
    """

    def __init__(
        self,
        tools: Mapping[str, Mapping[str, Any]],
        *,
        prompt: str = "",
        given: Sequence[str] = (),
        made: Collection[tuple[str, str]] = (),
        asked: bool = False,
        holds: bool = False,
        doubts: bool = False,
        hinted: bool = False,
    ) -> None:
        self._cursor = Cursor()
        self._source = self._cursor.source
        self._output = self._cursor.output
        self._holds = holds
        situation = partial(
            Situation, prompt, given, made, asked=asked, tools=tuple(tools), hinted=hinted, doubts=doubts
        )
        self._steps = self._scan(Toolbox(tools), situation) if tools else self._pass_on()

    def feed(self, text: str) -> str:
        """Take the next piece of the reply.

        Returns:
            What may be shown as answer now: never a part of a call's markup.
        """
        for start in range(0, len(text), _SLICE):  # what is let go is copied away, so a long text goes in small pieces
            self._source.append(text[start : start + _SLICE])
            next(self._steps, None)
        return self._output.take(past_doubt=not self._holds)

    def close(self, finish_reason: str | None) -> Recovery:
        """End the reply.

        Args:
            finish_reason: as the endpoint said; `"length"` makes what is not closed broken.

        Returns:
            The calls, and of the content only what `feed` has not returned.
        """
        self._source.closed = True
        self._source.finish_reason = finish_reason
        for _ in self._steps:  # a closed source never waits, so this ends
            pass
        if finish_reason == "length":
            self._output.spoil_cut(markers.ELEMENT_CONVENTIONS, markers.ARGUMENT_TAGS)
        self._output.flush()
        calls = self._output.calls
        return Recovery(
            content=self._output.take(past_doubt=not self._holds),
            reasoning="".join(self._output.reasoning),
            calls=tuple(call for call in calls if isinstance(call, RecoveredCall)),
            broken=tuple(call for call in calls if isinstance(call, BrokenCall)),
            doubt=tuple(self._output.doubt),
            held=self._output.take(),
        )

    def _scan(self, tools: Toolbox, situation: Callable[[], Situation]) -> Generator[None, None, None]:
        """Weighs the situation only when a text has come: most replies of a run are calls without one."""
        yield from Scanner(self._cursor, tools, situation()).read()

    def _pass_on(self) -> Generator[None, None, None]:
        while True:
            self._cursor.give(len(self._source.text), 0)
            if self._source.closed:
                return
            yield
