"""Refusals that teach nothing, or nothing more: the user hears of them, and no request is sent in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lesson_asking import adapter, ask, refuse, taught
from lesson_cases import CASES, TOOL, Case

from graph.endpoint import store
from graph.endpoint.exchange import MAX_LESSONS
from graph.errors import PortolanError, RefusedRequestError
from graph.testing import EmulatedEndpoint, Fault

if TYPE_CHECKING:
    from graph.testing import RecordedRequest


@pytest.mark.parametrize("stream", [False, True])
def test_the_users_word_wins(stream: bool, caplog: pytest.LogCaptureFixture) -> None:
    case = CASES["newer_cap"]
    with EmulatedEndpoint("hostile", taught(case)) as endpoint:
        model = adapter(endpoint, profile_overrides={"token_cap": "max_tokens"})
        with pytest.raises(RefusedRequestError, match="max_completion_tokens"):
            ask(model, case, stream=stream)
        assert len(endpoint.requests) == 1
        assert "Learned" not in caplog.text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("words", ["Computer says no.", "", "max_tokens and I do not get along"])
def test_a_refusal_that_is_not_understood_is_one_request(words: str, status: int, stream: bool) -> None:
    with EmulatedEndpoint("openai", lambda _: refuse(words, status)) as endpoint:
        model = adapter(endpoint, max_retries=5)
        with pytest.raises(PortolanError):
            ask(model, Case(words, {}, {}), stream=stream)
        assert len(endpoint.requests) == 1
        assert store.load(endpoint.base_url, endpoint.model) == {}


@pytest.mark.parametrize("stream", [False, True])
def test_words_about_what_was_not_sent_teach_nothing(stream: bool) -> None:
    case = Case("Unrecognized request argument supplied: top_k", {}, {})
    with EmulatedEndpoint("openai", taught(case)) as endpoint:
        with pytest.raises(RefusedRequestError):
            ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_user_has_to_change_is_a_sentence(stream: bool) -> None:
    words = "Tool names are not allowed to be [search, add]"
    case = Case(words, {}, {}, {"tools": [TOOL]})
    with EmulatedEndpoint("hostile", taught(case)) as endpoint:
        for _ in range(2):
            with pytest.raises(RefusedRequestError, match="Rename the tool"):
                ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_one_who_refuses_for_ever_is_left(stream: bool) -> None:
    """Each refusal names another field that was sent, so that each teaches; still there is an end."""

    def never(request: RecordedRequest) -> Fault:
        field_names = sorted(name for name in request.body if name.startswith("knob_"))
        return refuse(f"Unrecognized request argument supplied: {field_names[0]}")

    knobs = {f"knob_{letter}": 1 for letter in "abcdefghijklmnop"}
    case = Case("", {}, {}, {"extra_body": knobs})
    with EmulatedEndpoint("hostile", never) as endpoint:
        with pytest.raises(RefusedRequestError):
            ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == MAX_LESSONS + 1


@pytest.mark.parametrize("stream", [False, True])
def test_the_same_refusal_again_ends_the_run(stream: bool) -> None:
    case = CASES["newer_cap"]
    with EmulatedEndpoint("openai", lambda _: refuse(case.says)) as endpoint:
        with pytest.raises(RefusedRequestError):
            ask(adapter(endpoint), case, stream=stream)
        assert len(endpoint.requests) == 2
