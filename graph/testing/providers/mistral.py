"""Mistral: the order of messages and the ids of calls that it wants; the rest is OpenAI's.

Both are checked by mistral-common, which the API and vLLM's `--tokenizer-mode mistral` share; newer versions of it let
a user's message follow a result (github.com/mistralai/mistral-common, `protocol/instruct/validator.py`).
"""

from __future__ import annotations

from graph.testing.errors import Refusal
from graph.testing.provider import Provider
from graph.testing.providers.openai import RULES as OPENAI_RULES
from graph.testing.rules import Limits, Rules
from graph.testing.wire import Wire

RULES = Rules(
    limits=Limits(roles=("system", "user", "assistant", "tool")),
    bad_key=OPENAI_RULES.bad_key,
    user_after_tool=Refusal(
        400, "Unexpected role 'user' after role 'tool'", "invalid_request_message_order", code="3230"
    ),
    call_id_form=Refusal(
        400,
        "Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9.",
        "invalid_function_call",
        code="3280",
    ),
)

MISTRAL = Provider(
    name="mistral",
    model="mistral-large-latest",
    error="mistral",
    rules=RULES,
    wire=Wire(empty_content="empty", id_format="{n:09d}"),
)
"""Ids are nine letters and digits, and an answer stands between a tool's result and the user's next message."""

ALL = (MISTRAL,)
