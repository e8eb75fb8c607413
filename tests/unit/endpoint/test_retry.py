"""Retries: where they help, and bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import errors
from graph.endpoint.retry import RetryPolicy, retry_delay

PASSING = [errors.RateLimitError, errors.ServerError, errors.UnreachableError, errors.TransientError]
FINAL = [
    errors.AuthenticationError,
    errors.BrokenReplyError,
    errors.BudgetError,
    errors.ContentFilterError,
    errors.ContextOverflowError,
    errors.ModelNotFoundError,
    errors.QuotaError,
    errors.RefusedRequestError,
    errors.SettingsError,
    errors.TurnLimitError,
]
TIMES = st.floats(0, 1000)


def highest(_: float, high: float) -> float:
    return high


@pytest.mark.parametrize("kind", FINAL)
def test_what_stays_is_not_tried_again(kind: type[errors.PortolanError]) -> None:
    assert retry_delay(kind("x"), attempt=1, elapsed_s=0) is None


@pytest.mark.parametrize("kind", PASSING)
def test_what_may_pass_is_tried_as_often_as_allowed(kind: type[errors.TransientError]) -> None:
    policy = RetryPolicy(max_retries=3)
    delays = [retry_delay(kind("x"), attempt=n, elapsed_s=0, policy=policy) for n in range(1, 6)]
    assert [delay is not None for delay in delays] == [True, True, True, False, False]


def test_no_retries_is_a_choice() -> None:
    assert retry_delay(errors.ServerError("x"), attempt=1, elapsed_s=0, policy=RetryPolicy(max_retries=0)) is None


def test_a_time_out_is_tried_once_more() -> None:
    error = errors.EndpointTimeoutError("x")
    assert retry_delay(error, attempt=1, elapsed_s=0) is not None
    assert retry_delay(error, attempt=2, elapsed_s=0) is None


def test_waits_grow_and_a_throttle_waits_longer() -> None:
    policy = RetryPolicy(max_retries=20, max_time_s=1000)

    def waits(error: errors.PortolanError) -> list[float | None]:
        return [retry_delay(error, attempt=n, elapsed_s=0, policy=policy, uniform=highest) for n in range(1, 9)]

    assert waits(errors.ServerError("x")) == [0.5, 1, 2, 4, 8, 16, 20, 20]
    assert waits(errors.RateLimitError("x")) == [1, 2, 4, 8, 16, 20, 20, 20]


def test_the_wait_that_was_asked_for_is_kept_to() -> None:
    error = errors.RateLimitError("x", retry_after_s=8)
    delay = retry_delay(error, attempt=1, elapsed_s=0)
    assert delay is not None
    assert 8 <= delay <= 10


def test_a_wait_beyond_the_time_allowed_ends_the_tries() -> None:
    error = errors.RateLimitError("x", retry_after_s=50)
    assert retry_delay(error, attempt=1, elapsed_s=9, policy=RetryPolicy(max_time_s=60)) is not None
    assert retry_delay(error, attempt=1, elapsed_s=11, policy=RetryPolicy(max_time_s=60)) is None


@given(st.data(), st.sampled_from([*PASSING, errors.EndpointTimeoutError]))
def test_a_wait_is_never_negative_nor_beyond_the_bounds(data: st.DataObject, kind: type[errors.TransientError]) -> None:
    attempt, retries = data.draw(st.integers(1, 100)), data.draw(st.integers(0, 50))
    elapsed, limit, asked = data.draw(TIMES), data.draw(TIMES), data.draw(st.none() | TIMES)
    policy = RetryPolicy(max_retries=retries, max_time_s=limit)
    delay = retry_delay(kind("x", retry_after_s=asked), attempt=attempt, elapsed_s=elapsed, policy=policy)
    allowed = attempt <= retries and elapsed <= limit
    assert delay is None or (allowed and (delay >= 0 if asked is None else asked <= delay <= asked * 1.25))
