"""The bounds of a run: how many turns and how many tokens it may take since the user's last message, and a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, HumanMessage

from graph.endpoint.counting import estimate_prompt
from graph.endpoint.finish import was_cut
from graph.endpoint.notices import CUT_ANSWER, say_once
from graph.errors import BudgetError, TurnLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage

    from graph.state import Context

TAKEN_OUT: Final = "tokens_taken_out"
"""Under this key of a reply's metadata stands what the broken replies cost that it stands for."""

ESTIMATED: Final = "tokens_estimated"
"""Under this key stands about what a reply and its prompt cost, where the endpoint did not say."""

_CHARS_A_TOKEN: Final = 6
"""More than a token of ordinary text has in any tokenizer in use (English: about four), so that no prompt that would
fit is taken for one that does not."""

_RAISE: Final = "raise AGENT_MAX_RUN_TOKENS (or max_run_tokens in the run's context)"


def check_bounds(messages: Sequence[BaseMessage], context: Context, *, spent: int, endpoint: str | None) -> int | None:
    """Return how many tokens the run may still use; None if it has no budget.

    Args:
        messages: the thread.
        context: the bounds.
        spent: tokens of broken replies that are asked for again now.
        endpoint: where the model answers, for people.

    Raises:
        TurnLimitError: the run has taken all its turns.
        BudgetError: it has used up its tokens.
    """
    turns = turns_taken(messages)
    if turns >= context.max_turns:
        many = "1 turn" if turns == 1 else f"{turns} turns"
        msg = f"the model still called tools after {many}, which is the limit of a run"
        remedy = "Ask again to go on from here, or raise AGENT_MAX_TURNS (or max_turns in the run's context)."
        raise TurnLimitError(msg, limit=context.max_turns, endpoint=endpoint, remedy=remedy)
    limit = context.max_run_tokens
    if limit is None:
        return None
    used = spent + sum(map(tokens_of, _replies(messages)))
    if used >= limit:
        msg = f"the run has used {used} tokens, and its budget is {limit}"
        remedy = _remedy(_tokens_at_least(messages), limit)
        raise BudgetError(msg, limit=limit, used=used, endpoint=endpoint, remedy=remedy)
    return limit - used


def check_prompt(prompt: Sequence[BaseMessage], context: Context, *, room: int | None, endpoint: str | None) -> None:
    """See that a prompt fits into what is left of the budget, as far as that can be known before it is sent.

    Args:
        prompt: what is to be sent.
        context: the bounds.
        room: the tokens that the run may still use; None if it has no budget.
        endpoint: where the model answers, for people.

    Raises:
        BudgetError: the prompt alone takes more.
    """
    limit = context.max_run_tokens
    if room is None or limit is None or (needed := _tokens_at_least(prompt)) <= room:
        return
    msg = f"the next prompt takes {needed} tokens or more, and {room} are left of the run's budget of {limit}"
    raise BudgetError(msg, limit=limit, used=limit - room, endpoint=endpoint, remedy=_remedy(needed, limit))


def fits_again(reply: AIMessage, prompt: Sequence[BaseMessage], *, room: int | None) -> bool:
    """Whether the prompt fits into the budget once more behind a reply that is taken out.

    Args:
        reply: with what it cost (`account`).
        prompt: what it came to.
        room: the tokens that the run could use before it; None if it has no budget.
    """
    if room is None:
        return True
    counted = reply.usage_metadata["input_tokens"] if reply.usage_metadata else 0
    cost = tokens_of(reply) - int(reply.response_metadata.get(TAKEN_OUT, 0))
    return room - cost >= max(1, counted, _tokens_at_least(prompt))


def _remedy(needed: int, limit: int) -> str:
    """What to do next: a prompt that takes the whole budget of a run fits into no other run of its thread."""
    if needed < limit:
        return f"Ask again to go on from here, or {_RAISE}."
    return f"Begin a new thread, shorten this one (take messages out, or sum them up), or {_RAISE}."


def _tokens_at_least(prompt: Sequence[BaseMessage]) -> int:
    """Tokens that a prompt takes at least: its text, and what the endpoint counted for the prompt before it."""
    last = next(_replies(prompt), None)
    counted = last.usage_metadata["input_tokens"] if last and last.usage_metadata else 0
    return max(counted, sum(len(message.text) for message in prompt) // _CHARS_A_TOKEN)


def turns_taken(messages: Sequence[BaseMessage]) -> int:
    """Replies of the model since the user's last message."""
    return sum(1 for _ in _replies(messages))


def _replies(messages: Sequence[BaseMessage]) -> Iterator[AIMessage]:
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, AIMessage):
            yield message


def tokens_of(reply: AIMessage) -> int:
    """Tokens that a reply cost, prompt and broken attempts included."""
    metadata = reply.response_metadata
    return (_counted(reply) or int(metadata.get(ESTIMATED, 0))) + int(metadata.get(TAKEN_OUT, 0))


def _counted(reply: AIMessage) -> int:
    """Tokens that the endpoint said; some gateways say 0 of every reply, and no reply costs that."""
    return reply.usage_metadata["total_tokens"] if reply.usage_metadata else 0


def account(reply: AIMessage, prompt: Sequence[BaseMessage], *, spent: int, endpoint: str | None) -> None:
    """Write on a reply what a budget needs to know of it."""
    noted: dict[str, Any] = {}
    if spent:
        noted[TAKEN_OUT] = spent
    if not _counted(reply):
        noted[ESTIMATED] = estimate_prompt([*prompt, reply])
        say_once(f"{endpoint or 'The model'} does not say what a reply costs, so the run's budget counts an estimate.")
    reply.response_metadata = {**reply.response_metadata, **noted}


def tell_of_cut(reply: AIMessage, context: Context, *, room: int | None) -> None:
    """Say that an answer ended at the token cap, which nobody sees who reads only the text."""
    if reply.tool_calls or reply.invalid_tool_calls or not reply.text.strip():
        return
    if not was_cut(reply.response_metadata) or reply.response_metadata.get("fault"):
        return
    if room is not None and room < context.max_tokens:
        why, remedy = f"where the run's budget had {room} tokens left", _RAISE[0].upper() + _RAISE[1:]
    else:
        why, remedy = "at the token cap", "Raise AGENT_MAX_TOKENS (or max_tokens in the run's context)"
    say_once(f"The answer was cut {why}, so its end is missing. {remedy}, or ask for less at once.", key=CUT_ANSWER)
