"""The text of a reply on its way to the reader: calls are found in it, behind the word that decides where one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from graph.endpoint.recovery import Recovery, StreamRecovery
from graph.endpoint.run_or_text import BEHIND_RUN, MEANT, WordReader

if TYPE_CHECKING:
    from graph.endpoint.expectation import Expectation


class CallsInText:
    """Takes the pieces of a text, and gives back what may be shown of them.

    Of a reply that is to be a word nothing is shown before its end.

    Args:
        expect: how the reply is read.

    Attributes:
        recovers: whether calls are looked for at all.
        told: what the reply's metadata are to say of the word, at the end.
    """

    def __init__(self, expect: Expectation) -> None:
        self.recovers = expect.recover and bool(expect.tools)
        self.told: dict[str, Any] = {}
        self._expect = expect
        self._word = WordReader() if expect.doubts.awaits_word else None
        self._recovery: StreamRecovery | None = None

    def feed(self, text: str) -> str:
        """Take the next piece."""
        if self._word is None:
            return self._find(text)
        self._word.feed(text)
        return ""

    def close(self, finish_reason: str | None) -> Recovery:
        """End the text.

        Args:
            finish_reason: as the endpoint said; `"length"` makes what is not closed broken.

        Returns:
            What was found, and of the content only what `feed` has not returned.
        """
        rest = self._find(self._word.close()) if self._word else ""
        found = Recovery(content="", reasoning="", calls=(), broken=())
        if self._recovery is not None:
            found = self._recovery.close(finish_reason)
        content = rest + found.content
        if self._word and self._word.word:
            self.told[MEANT] = self._word.word
            if content.strip() and not found.calls:  # what stands behind the word is no answer
                self.told[BEHIND_RUN], content = content, ""
        return replace(found, content=content)

    def _find(self, text: str) -> str:
        if not (text and self.recovers):
            return text
        self._recovery = self._recovery or self._new_recovery()
        return self._recovery.feed(text)

    def _new_recovery(self) -> StreamRecovery:
        """Made when text has come: most replies of a run are calls without one. Whether it is a word is known then.

        Without a word, a call in the text is no answer to the question, as an example would come once more, too.
        """
        expect = self._expect
        says_run = self._word is not None and self._word.word == "run"
        undecided = self._word is not None and not says_run
        return StreamRecovery(
            expect.tools,
            prompt="" if says_run else expect.prompt,
            given=expect.given,
            made=expect.made,
            asked=expect.asked and not undecided,
            holds=expect.doubts.asks,
            hinted=expect.hinted and not expect.asked,
            doubts=undecided,
        )
