"""What is refused of a request for a response: by the rules, and by what was made and stored before."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.testing.model import prompt_tokens

if TYPE_CHECKING:
    from graph.testing.errors import Refusal
    from graph.testing.provider import Provider

Item = Mapping[str, Any]
ENCRYPTED = "reasoning.encrypted_content"


@dataclass(slots=True)
class Kept:
    """What a provider knows of the items that it made.

    Attributes:
        stored: ids of the items of responses that were to be stored.
        encrypted: the encrypted contents that it made, and can read again.
        follower: what came right behind a reasoning item, by that item's id.
    """

    stored: set[str] = field(default_factory=set)
    encrypted: set[str] = field(default_factory=set)
    follower: dict[str, Item] = field(default_factory=dict)

    def keep(self, output: Sequence[Item], *, store: bool) -> None:
        """Remember the items of a response."""
        self.stored |= {item["id"] for item in output} if store else set()
        self.encrypted |= {item["encrypted_content"] for item in output if item.get("encrypted_content")}
        for item, following in itertools.pairwise(output):
            if item["type"] == "reasoning":
                self.follower[item["id"]] = following


def _items(body: Mapping[str, Any]) -> list[Item]:
    given = body.get("input")
    return [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []


def _pairing(items: Sequence[Item]) -> tuple[list[str], list[str]]:
    """Ids of outputs without a call, and of calls without an output."""
    calls = [str(item.get("call_id")) for item in items if item.get("type") == "function_call"]
    outputs = [str(item.get("call_id")) for item in items if item.get("type") == "function_call_output"]
    return [one for one in outputs if one not in calls], [one for one in calls if one not in outputs]


def _alone(items: Sequence[Item], kept: Kept) -> Iterator[Item]:
    """Reasoning that is not followed by what it was followed by when it was made."""
    for place, item in enumerate(items):
        if item.get("type") != "reasoning":
            continue
        following = items[place + 1] if place + 1 < len(items) else {}
        made = kept.follower.get(str(item.get("id")))
        kind = following.get("type", "message")
        fits = kind in {"function_call", "reasoning"} or (kind == "message" and following.get("role") == "assistant")
        if made is not None:
            fits = kind == made["type"] and following.get("call_id") == made.get("call_id")
        if not fits:
            yield item


def _bereft(items: Sequence[Item], kept: Kept) -> Iterator[dict[str, Any]]:
    """Items, named by their stored ids, whose reasoning does not stand before them."""
    owners = {made["id"]: reasoning for reasoning, made in kept.follower.items()}
    for place, item in enumerate(items):
        owner = owners.get(str(item.get("id")))
        if owner is not None and (not place or items[place - 1].get("id") != owner):
            yield {"id": item["id"], "type": item.get("type"), "reasoning": owner}


def _repeated(items: Sequence[Item]) -> Iterator[str]:
    seen: set[str] = set()
    for item in items:
        if (one := item.get("id")) and one in seen:
            yield one
        seen.add(str(one))


def _untyped(item: Item) -> bool:
    """Whether llama.cpp cannot tell what an item is: the assistant's text counts only as a `message` of parts."""
    if item.get("role") == "assistant":
        return item.get("type") != "message" or not isinstance(item.get("content"), list)
    known = {"function_call", "function_call_output", "reasoning"}
    return item.get("role") not in {"user", "system", "developer"} and item.get("type") not in known


def examine_responses(body: Mapping[str, Any], provider: Provider, kept: Kept) -> Refusal | None:
    """Find the first rule of Responses that a request breaks."""
    rules, items = provider.rules, _items(body)
    orphans, unanswered = _pairing(items)
    used, window = prompt_tokens(body), rules.limits.window
    thoughts = [item for item in items if item.get("type") == "reasoning"]
    sealed = [item for item in thoughts if item.get("encrypted_content")]
    read = {item.get("id") for item in sealed if item["encrypted_content"] in kept.encrypted}
    unread = [str(item["encrypted_content"]) for item in sealed if item["encrypted_content"] not in kept.encrypted]
    unknown = [one for item in items if (one := item.get("id")) and one not in kept.stored and one not in read]
    contents = [item.get("content") for item in thoughts]
    alone, bereft, repeated = list(_alone(items, kept)), list(_bereft(items, kept)), list(_repeated(items))
    effort = (body.get("reasoning") or {}).get("effort")
    found: tuple[tuple[Refusal | None, bool, Mapping[str, object]], ...] = (
        (rules.unknown_model, body.get("model") != provider.model, {"served": provider.model}),
        (rules.responses_include, ENCRYPTED in (body.get("include") or ()), {}),
        (rules.responses_effort, effort is not None, {}),
        (rules.responses_temperature, body.get("temperature") is not None, {}),
        (rules.responses_previous, bool(body.get("previous_response_id")), {"id": body.get("previous_response_id")}),
        (rules.responses_untyped, any(map(_untyped, items)), {}),
        (rules.responses_no_content, any(not isinstance(one, list) for one in contents), {}),
        (rules.responses_empty_content, any(not one for one in contents), {}),
        (rules.responses_encrypted, bool(sealed), {}),
        (rules.responses_unread, bool(unread), {"start": "".join(unread[:1])[:4]}),
        (rules.responses_unknown, bool(unknown), {"id": "".join(unknown[:1])}),
        (rules.responses_repeated, bool(repeated), {"id": "".join(repeated[:1])}),
        (rules.responses_alone, bool(alone), dict(alone[0]) if alone else {}),
        (rules.responses_bereft, bool(bereft), bereft[0] if bereft else {}),
        (rules.responses_orphan, bool(orphans), {"id": "".join(orphans[:1])}),
        (rules.responses_unanswered, bool(unanswered), {"id": "".join(unanswered[:1])}),
        (rules.context_overflow, used > window, {"tokens": used, "window": window, "over": window + 1}),
    )
    for refusal, broken, facts in found:
        if refusal is not None and broken:
            return refusal.fill({"model": body.get("model"), **facts})
    return None
