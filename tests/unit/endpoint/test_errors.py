"""The family of errors: one sentence, no key, through pickle and copy."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import errors
from graph.redact import HIDDEN, redact

KEY = "sk-proj-abcDEF1234567890"
ALL = [
    cls
    for name in errors.__all__
    if isinstance(cls := getattr(errors, name), type) and issubclass(cls, errors.PortolanError)
]
EXTRA = {
    errors.ContextOverflowError: {"limit_tokens": 4096, "requested_tokens": 5000},
    errors.RateLimitError: {"retry_after_s": 2.5},
    errors.ServerError: {"retry_after_s": 1.0},
    errors.TurnLimitError: {"limit": 25},
    errors.BudgetError: {"limit": 1000.0, "used": 1200.0},
    errors.BrokenReplyError: {"received": '{"city": "Par', "reason": "the argument is cut off"},
}


@pytest.mark.parametrize("cls", ALL)
def test_an_error_survives_pickle_and_copy(cls: type[errors.PortolanError]) -> None:
    error = cls(
        "It failed",
        endpoint="m at https://x.example/v1",
        status=400,
        detail="no",
        remedy="Do this.",
        code="c",
        request_id="r-1",
        **EXTRA.get(cls, {}),
    )
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is cls
        assert vars(twin) == vars(error)
        assert str(twin) == str(error)


@pytest.mark.parametrize("cls", ALL)
def test_an_error_is_one_line_that_says_where_what_and_what_next(cls: type[errors.PortolanError]) -> None:
    error = cls(
        "It failed.",
        endpoint="m at https://x.example/v1",
        status=400,
        detail="two\nlines",
        remedy="Do this.",
        request_id="r-1",
    )
    assert str(error) == ('It failed (m at https://x.example/v1, HTTP 400): "two lines". Do this. (request id r-1)')


def test_what_is_not_known_is_not_mentioned() -> None:
    assert str(errors.SettingsError("AGENT_MODEL is empty")) == "AGENT_MODEL is empty."


def test_a_time_out_is_a_timeout_error_too() -> None:
    assert isinstance(errors.EndpointTimeoutError("It took too long"), TimeoutError)


def test_a_broken_reply_says_why_and_how_it_begins() -> None:
    error = errors.BrokenReplyError("A tool call is broken", received='{"a": ' + "1" * 400, reason="it is cut off")
    assert 'because it is cut off. Received: \'{"a": 111' in str(error)
    assert str(error).endswith("…'.") or str(error).endswith(" ….")
    assert len(error.received) > 400


@pytest.mark.parametrize("cls", ALL)
def test_no_key_is_in_any_text(cls: type[errors.PortolanError]) -> None:
    secret = "a-plain-word-as-key"
    error = cls(
        f"It failed with {secret}",
        endpoint=f"m at https://user:{secret}@x.example/v1?api_key={secret}",
        detail=f"Incorrect API key provided: {KEY}. Bearer {secret}",
        remedy=f"Replace {secret}",
        code=KEY,
        request_id=KEY,
        secrets=[secret],
    )
    for text in (str(error), repr(error), str(vars(error)), str(pickle.dumps(error))):
        assert secret not in text
        assert KEY not in text


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Incorrect API key provided: sk-abc***xyz. You can find", "sk-abc***xyz"),
        ("Incorrect API key provided: mykey1234. See", "mykey1234"),
        ("Authorization: Bearer abc.def.ghi-jkl", "abc.def.ghi-jkl"),
        ("https://me:hunter2@proxy.example:8080", "hunter2"),
        ("GET /v1/models?key=AIzaSyD-123 failed", "AIzaSyD-123"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc", "eyJhbGciOiJIUzI1NiJ9"),
        ("key 0123456789abcdef0123456789abcdef.AbCdEfGh12345678", "AbCdEfGh12345678"),
        ('{"api_key": "abc123def"}', "abc123def"),
        ("plan key sk-sp-0123456789abcdef", "sk-sp-0123456789abcdef"),
    ],
)
def test_what_looks_like_a_key_is_hidden_without_being_told(text: str, gone: str) -> None:
    assert gone not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "The model `qwen-plus` does not exist.",
        "The tool_choice parameter does not support being set to required",
        "request (13392 tokens) exceeds the available context size (8192 tokens)",
        "no key is needed here",
        "Check OPENAI_API_KEY: that it is complete, not revoked, and of the account.",
        "Invalid value for parameter: task-list-of-things",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text) == text


def test_a_placeholder_key_does_not_blank_out_words() -> None:
    assert redact("EMPTY reply: no choices", ["EMPTY"]) == "EMPTY reply: no choices"


KEYS = st.from_regex(r"[A-Za-z0-9]{10,30}", fullmatch=True)


@given(st.lists(st.one_of(st.text(), KEYS)), st.lists(KEYS, max_size=3))
def test_redaction_leaves_no_secret_and_is_stable(pieces: list[str], secrets: list[str]) -> None:
    text = " ".join([*pieces, *secrets])
    once = redact(text, secrets)
    assert not any(secret in once for secret in secrets)
    assert redact(once, secrets) == once
