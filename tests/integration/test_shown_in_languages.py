"""A call that the user wanted shown, or done, in another language than English and Chinese."""

from __future__ import annotations

import logging
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL = '{"name": "send_email", "arguments": {"to": "bob@example.org", "text": "hi"}}'
FENCED = f"```json\n{MAIL}\n```"
MARKED = f"<tool_call>\n{MAIL}\n</tool_call>"
MODES = pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])
FORBIDDEN = [
    "Zeig mir ein Beispiel für einen Aufruf von send_email, ohne ihn auszuführen.",
    "Montre-moi un exemple d'appel de send_email sans l'exécuter.",
    "Muéstrame un ejemplo de llamada a send_email, no la ejecutes.",
    "Покажи пример вызова send_email, не выполняй.",
    "send_emailの呼び出しの例を見せて。実行しないで。",
    "給我看呼叫 send_email 的範例，不要執行。",
]

sent: list[str] = []


def send_email(to: str, text: str) -> str:
    """Send an email."""
    sent.append(f"{to}: {text}")
    return "It is sent."


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


@MODES
@pytest.mark.parametrize(("prompt", "reply"), list(product(FORBIDDEN, [FENCED, MARKED, MAIL])))
def test_what_was_forbidden_does_not_run(
    prompt: str, reply: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(reply)]) as endpoint:
        messages = runner(mode)(build(endpoint, [send_email], max_tokens=512), prompt)
    assert sent == []
    assert messages[-1].text == reply
    assert messages[-1].response_metadata["shown_calls"] == ["send_email"]


@pytest.mark.parametrize("prompt", FORBIDDEN)
def test_that_it_did_not_run_is_said(
    prompt: str, run: Any, build: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "portolan"), EmulatedEndpoint("vllm-0.32", [Reply(FENCED)]) as endpoint:
        run(build(endpoint, [send_email], max_tokens=512), prompt)
    assert "send_email" in caplog.text


@MODES
@pytest.mark.parametrize("prompt", ["Schick Bob ein Hallo.", "Отправь Бобу привет.", "ボブに挨拶を送って"])
def test_what_was_ordered_runs(prompt: str, mode: str, runner: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(FENCED), Reply("Done.")]) as endpoint:
        runner(mode)(build(endpoint, [send_email], max_tokens=512), prompt)
    assert sent == ["bob@example.org: hi"]
