"""The list `reasoning_details` beside a reply: signed and encrypted reasoning that has to go back as it came.

OpenRouter streams an entry in pieces that share type and index: the text comes bit by bit, and the signature, which
holds for the whole text, in a last piece without any (https://github.com/agno-agi/agno/issues/8794). Entries go back
unchanged and in their order, and what they name by `id` may be the call that they belong to
(https://openrouter.ai/docs/guides/best-practices/reasoning-tokens#preserving-reasoning-blocks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DETAILS: Final = "reasoning_details"
"""Where a message keeps the list, in `additional_kwargs`: `endpoint`, which made it, and `details`."""

_JOINED: Final = ("text", "summary")
"""What comes bit by bit. `data` never does: two entries of it are two signatures."""


class ReasoningDetails:
    """Collects the list from the messages or deltas of one reply."""

    def __init__(self) -> None:
        self._entries: list[dict[str, Any]] = []

    def feed(self, message: Mapping[str, Any], *, whole: bool) -> None:
        """Take what a delta adds; a whole message has all of it, whatever came before."""
        given = message.get(DETAILS)
        entries = [dict(one) for one in given if isinstance(one, dict)] if isinstance(given, list) else []
        if whole:
            self._entries = entries or self._entries
            return
        for entry in entries:
            begun = self._begun(entry)
            if begun is None:
                self._entries.append(entry)
                continue
            for key, value in entry.items():
                if key in _JOINED and isinstance(value, str) and isinstance(begun.get(key), str):
                    begun[key] += value
                elif value is not None or key not in begun:
                    begun[key] = value

    def _begun(self, entry: Mapping[str, Any]) -> dict[str, Any] | None:
        """The entry that a piece goes on with: of the same type and index, or the last one where there is no index."""
        if "data" in entry:
            return None
        index = entry.get("index")
        begun = self._entries if index is not None else self._entries[-1:]
        begun = [one for one in begun if "data" not in one and one.get("index") == index]
        begun = [one for one in begun if one.get("type") == entry.get("type")]
        begun = [one for one in begun if len({one.get("id"), entry.get("id")} - {None}) < 2]  # noqa: PLR2004 - two ids
        return begun[-1] if begun else None

    def beside(self, renamed: Iterable[tuple[str, str]]) -> dict[str, list[dict[str, Any]]]:
        """What stands beside the reply: the list as it goes back, if there is one.

        Args:
            renamed: ids of calls as they came, and what they are called in the thread, in order.
        """
        entries, left = [dict(one) for one in self._entries], list(renamed)
        for entry in entries:
            found = next((pair for pair in left if pair[0] == entry.get("id")), None)
            if found is not None:
                entry["id"] = found[1]
                left.remove(found)
        return {DETAILS: entries} if entries else {}
