"""Words that may hold a call back or may not: it neither runs unasked nor is left to a notice."""

from __future__ import annotations

import pytest
from recovery_pieces import read

from graph.endpoint.expectation import Expectation
from graph.endpoint.leaks import shown_in

TEXT = {"type": "string"}
TOOLS = {"send_email": {"type": "object", "properties": {"to": TEXT, "text": TEXT}, "required": ["to", "text"]}}
CALL = '{"name": "send_email", "arguments": {"to": "bob@example.org", "text": "hi"}}'
FENCED = f"```json\n{CALL}\n```"
MARKED = f"<tool_call>\n{CALL}\n</tool_call>"
FORMS = [FENCED, MARKED, f"I'll do it:\n{FENCED}", f"Sure:\n{MARKED}"]

HELD = [
    "Draft the mail to Bob, but hold off on sending it.",
    "Show me the mail to Bob first, I want to check it before it goes out.",
    "Before doing anything, walk me through the steps.",
    "Antes de hacer nada, cuéntame los pasos.",
    "Entwirf die E-Mail an Bob. Nichts abschicken!",
    "何かする前に手順を教えてください。",
    "Bitte nichts tatsächlich versenden, ich will es nur sehen.",
    "No mandes nada aún; solo enséñame qué mandarías.",
    "寫出呼叫內容，但請勿執行。",
    "Per ora non mandare niente, fammi solo vedere cosa manderesti.",
    "Não mande nada por enquanto, só me mostre o que mandaria.",
    "밥에게 보낼 메일을 준비해 줘. 아직 보내지는 마.",
    "호출을 작성하되 실행하지는 마세요.",
    "Ничего не удаляй без моего разрешения, только покажи команду.",
    "暫時別寄任何東西，只要給我看你會寄什麼。",
    "你會用哪個工具、帶什麼參數？",
    "请勿发送，先让我看看内容。",
    "Write the call, but hold off on executing it.",
    "Lösch bitte noch nichts, sag mir nur, was du aufrufen würdest.",
    "Beschreib mir erst deine Schritte, bevor du etwas tust.",
    "Décris-moi les étapes avant de faire quoi que ce soit.",
    "Prima di fare qualsiasi cosa, descrivimi i passaggi.",
    "Antes de fazer qualquer coisa, descreva os passos.",
    "뭔가 하기 전에 먼저 단계를 설명해 줘.",
    "Опиши шаги, прежде чем что-либо делать.",
    "還不要真的寄，我想先確認。",
]
EXAMPLES = [
    "Tu peux me donner un exemple d'utilisation de send_email ?",
    "Приведи пример использования send_email.",
    "可以給我一個 send_email 的使用範例嗎？",
    "I need a sample of sending mail with the tool for our docs.",
    "¿Me puedes dar un ejemplo de cómo usar send_email?",
    "使い方の例を教えて",
    "사용 예시를 보여 주세요",
    "Could you show me how send_email is used?",
    "send_email を呼び出すとしたらどんな感じになりますか？見るだけです。",
    "send_email 호출은 어떻게 생겼어? 그냥 보기만 할게.",
    "Как бы выглядел вызов send_email? Просто посмотреть.",
]
ORDERS = [
    "Tell Bob by mail not to execute it yet.",
    "Email Bob and tell him to wait for my approval.",
    "Send Bob the mail, don't call.",
    "Sag Bob per Mail, dass er das Skript nicht ausführen soll.",
    "Écris à Bob d'attendre ma réponse.",
    "Escribe a Bob que no envíe nada.",
    "Напиши Бобу, чтобы он ничего не запускал.",
    "ボブにサーバーを再起動しないようにメールで伝えて。",
    "밥에게 내 확인을 기다리라고 메일 보내 줘.",
    "Scrivi a Bob di non eseguire nulla.",
    "Avise o Bob para esperar minha resposta.",
    "寄信請 Bob 等我確認。",
    "Scrivi a Bob una richiesta di preventivo.",
    "Email Bob a sample invoice request.",
    "Create a.py with hello world but don't run it.",
    "Run the code print(1), but don't call any other tool.",
    "Dime qué tiempo hace en Roma y no envíes nada a Bob.",
    "Dis à Bob que je ne l'appelle pas demain.",
    "Tell Bob I'll call before I say goodbye.",
    "Schreib eine Anfrage an Bob: hi",
    "Escribe a Bob una solicitud de vacaciones.",
    "Напиши Бобу запрос на отпуск.",
]


def becomes(prompt: str, reply: str) -> str:
    found = read(reply, TOOLS, prompt=prompt)
    if found.calls or found.doubt:
        return "run" if found.calls else "asked"
    shown = shown_in(reply, Expectation(tools=TOOLS, prompt=prompt))
    return ("asked" if shown.meant else "said") if shown.names else "silent"


@pytest.mark.parametrize("reply", FORMS)
@pytest.mark.parametrize("prompt", [*HELD, *EXAMPLES])
def test_it_does_not_run_unasked(prompt: str, reply: str) -> None:
    assert becomes(prompt, reply) in {"asked", "said"}


@pytest.mark.parametrize("reply", FORMS)
@pytest.mark.parametrize("prompt", ORDERS)
def test_what_is_forbidden_to_others_holds_back_no_call_for_good(prompt: str, reply: str) -> None:
    assert becomes(prompt, reply) in {"run", "asked"}
