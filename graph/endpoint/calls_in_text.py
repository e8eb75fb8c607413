"""The text of a reply on its way to the reader: the word that decides is taken off, and calls are found in the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery import Recovery, StreamRecovery
from graph.endpoint.run_or_text import BEHIND_RUN, MEANT, WordReader

if TYPE_CHECKING:
    from graph.endpoint.expectation import Expectation


class CallsInText:
    """Takes the pieces of a text, and gives back what may be shown of them.

    Behind the word `RUN` nothing is shown before the end: what stands there is a call once more, and no answer.

    Args:
        expect: how the reply is read.

    Attributes:
        recovers: whether calls are looked for at all.
    """

    def __init__(self, expect: Expectation) -> None:
        self.recovers = expect.recover and bool(expect.tools)
        self._expect = expect
        self._word = WordReader() if expect.decides else None
        self._recovery: StreamRecovery | None = None
        self._behind: list[str] = []

    def feed(self, text: str) -> str:
        """Take the next piece."""
        return self._find(self._word.feed(text) if self._word else text)

    def close(self, finish_reason: str | None) -> Recovery:
        """End the text.

        Args:
            finish_reason: as the endpoint said; `"length"` makes what is not closed broken.

        Returns:
            What was found, and of the content only what `feed` has not returned.
        """
        rest = self._find(self._word.close()) if self._word else ""
        if self._recovery is None:
            return Recovery(content=rest, reasoning="", calls=(), broken=())
        found = self._recovery.close(finish_reason)
        return replace(found, content=rest + self._shown(found.content))

    def decided(self, *, calls: bool) -> tuple[str, dict[str, Any]]:
        """What is to be shown at last, and what the reply's metadata say of the word.

        Args:
            calls: the reply has calls.
        """
        if self._word is None or self._word.word is None:
            return "", {}
        behind = "".join(self._behind)
        told = {MEANT: self._word.word}
        if calls or not behind:
            return behind, told
        return "", told | {BEHIND_RUN: behind}

    def _find(self, text: str) -> str:
        if text and self.recovers:
            self._recovery = self._recovery or self._new_recovery()
            text = self._recovery.feed(text)
        return self._shown(text)

    def _shown(self, text: str) -> str:
        if self._word is None or self._word.word != "run":
            return text
        self._behind.append(text)
        return ""

    def _new_recovery(self) -> StreamRecovery:
        """Made when text has come: most replies of a run are calls without one. Whether it is a word is known then.

        Without a word, a call in the text is no answer to the question, as an example would come once more, too.
        """
        expect = self._expect
        word = self._word.word if self._word else None
        undecided = self._word is not None and word is None
        return StreamRecovery(
            expect.tools if word != "text" else {},
            prompt=expect.prompt if word != "run" else "",
            given=expect.given,
            made=expect.made,
            asked=expect.asked and not undecided,
            holds=expect.asks,
            hints=expect.hints,
            doubts=undecided,
        )
