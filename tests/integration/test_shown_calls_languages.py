"""A user who wants a call shown, or nothing run, is understood in other languages; so is one who wants it run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.testing import EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

MAIL = '{"name": "send_email", "arguments": {"to": "bob@example.org", "text": "hi"}}'
FENCED = f"```json\n{MAIL}\n```"
MARKED = f"<tool_call>\n{MAIL}\n</tool_call>"
MODES = pytest.mark.parametrize("mode", ["invoke", "stream", "ainvoke", "astream"])
NOTHING_RUNS = {
    "German": "Zeig mir ein Beispiel für einen Aufruf von send_email, ohne ihn auszuführen",
    "Spanish": "Muéstrame un ejemplo de llamada a send_email, no la ejecutes",
    "French": "Donne-moi un exemple d'appel de send_email sans l'exécuter",
    "Japanese": "send_email の例を見せて。実行しないで",
    "Russian": "Покажи пример вызова send_email, не выполняй",
    "Portuguese": "Escreva a chamada de send_email, mas não a execute.",
}
SHOWN = {
    "German": "Wie rufe ich send_email auf?",
    "Spanish": "Muéstrame la llamada a send_email.",
    "French": "Donne-moi un exemple d'appel de send_email.",
    "Japanese": "send_email の呼び出し例を見せて。",
    "Russian": "Как вызвать send_email?",
    "Portuguese": "Como seria a chamada de send_email?",
}
EXAMPLE = {
    "German": "Gib mir ein Beispiel eines Grußes: schreib bob@example.org hi.",
    "Spanish": "Dame un ejemplo de saludo: escribe hi a bob@example.org.",
    "French": "Donne-moi un exemple de salut : écris hi à bob@example.org.",
    "Japanese": "挨拶の例を見せて：bob@example.org に hi と書いて。",
    "Russian": "Дай пример приветствия: напиши hi на bob@example.org.",
    "Portuguese": "Dê um exemplo de saudação: escreva hi para bob@example.org.",
}
DONE = {
    "German": ("Schick hi an bob@example.org.", "Ich sende jetzt die E-Mail:"),
    "Spanish": ("Envía hi a bob@example.org.", "Voy a enviar el correo:"),
    "French": ("Envoie hi à bob@example.org.", "Je vais envoyer le message :"),
    "Japanese": ("bob@example.org に hi と送って。", "メールを送信します："),
    "Russian": ("Отправь hi на bob@example.org.", "Сейчас отправлю письмо:"),
    "Portuguese": ("Envie hi para bob@example.org.", "Vou enviar o e-mail:"),
}
IN_DOUBT = {
    "German": "Ein Aufruf sähe so aus:",
    "Spanish": "La llamada se vería así:",
    "French": "Un appel ressemblerait à ceci :",
    "Japanese": "例えば：",
    "Russian": "Вызов выглядел бы так:",
    "Portuguese": "Por exemplo:",
}

sent: list[str] = []


def send_email(to: str, text: str) -> str:
    """Send an email."""
    sent.append(f"{to}: {text}")
    return "It is sent."


@pytest.fixture(autouse=True)
def _none_sent() -> None:
    sent.clear()


@MODES
@pytest.mark.parametrize("leak", [FENCED, MAIL, MARKED])
@pytest.mark.parametrize("prompt", NOTHING_RUNS.values(), ids=NOTHING_RUNS)
def test_nothing_runs_where_the_user_forbade_it(
    prompt: str, leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak)]) as endpoint:
        messages = runner(mode)(build(endpoint, [send_email], max_tokens=512), prompt)
    assert (sent, messages[-1].text, len(endpoint.bodies)) == ([], leak, 1)
    assert messages[-1].response_metadata["shown_calls"] == ["send_email"]


@MODES
@pytest.mark.parametrize("leak", [FENCED, MAIL])
@pytest.mark.parametrize("prompt", SHOWN.values(), ids=SHOWN)
def test_an_unmarked_call_that_was_to_be_shown_is_the_answer(
    prompt: str, leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak)]) as endpoint:
        messages = runner(mode)(build(endpoint, [send_email], max_tokens=512), prompt)
    assert (sent, messages[-1].text, len(endpoint.bodies)) == ([], leak, 1)


@MODES
@pytest.mark.parametrize("prompt", SHOWN.values(), ids=SHOWN)
def test_a_marked_call_that_was_to_be_shown_is_asked_about(
    prompt: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(MARKED), Reply(MARKED)]) as endpoint:
        messages = runner(mode)(build(endpoint, [send_email], max_tokens=512), prompt)
    assert (sent, messages[-1].text, len(endpoint.bodies)) == ([], MARKED, 2)


@MODES
@pytest.mark.parametrize("leak", [FENCED, MAIL])
@pytest.mark.parametrize("prompt", EXAMPLE.values(), ids=EXAMPLE)
def test_a_call_that_an_example_may_lead_to_is_asked_about(
    prompt: str, leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    with EmulatedEndpoint("vllm-0.32", [Reply(leak), Reply("Hi!")]) as endpoint:
        messages = runner(mode)(build(endpoint, [send_email], max_tokens=512), prompt)
    assert (sent, messages[-1].text, len(endpoint.bodies)) == ([], "Hi!", 2)


@MODES
@pytest.mark.parametrize("leak", [FENCED, MARKED])
@pytest.mark.parametrize("language", IN_DOUBT)
def test_a_call_that_the_model_shows_is_asked_about(
    language: str, leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    script = [Reply(f"{IN_DOUBT[language]}\n{leak}"), Reply("Hi!")]
    with EmulatedEndpoint("vllm-0.32", script) as endpoint:
        messages = runner(mode)(build(endpoint, [send_email], max_tokens=512), DONE[language][0])
    assert (sent, messages[-1].text, len(endpoint.bodies)) == ([], "Hi!", 2)


@MODES
@pytest.mark.parametrize("leak", [FENCED, MAIL, MARKED, f"{{lead}}\n\n{FENCED}", f"{{lead}}\n{MARKED}"])
@pytest.mark.parametrize("language", DONE)
def test_a_call_that_was_asked_for_runs_without_a_question(
    language: str, leak: str, mode: str, runner: Any, build: Callable[..., Any]
) -> None:
    prompt, lead = DONE[language]
    with EmulatedEndpoint("vllm-0.32", [Reply(leak.replace("{lead}", lead)), Reply("Done.")]) as endpoint:
        messages = runner(mode)(build(endpoint, [send_email], max_tokens=512), prompt)
    assert (sent, messages[-1].text, len(endpoint.bodies)) == (["bob@example.org: hi"], "Done.", 2)
