"""What users and models say of a call in other languages than English and Chinese (`wishes`, `intent`).

A row for each language, of three kinds of words: an example; a call as text; that nothing is to run. In no language is
this grammar: it is what is commonly said, and what it misses is weighed as if nothing had been said.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["example", "call", "withheld"]


class Words(NamedTuple):
    """Regular expressions for what is said in a language, none of which crosses the end of a sentence.

    Attributes:
        example: an example or a sample of something.
        call: a call, or a request, as text.
        withheld: that nothing runs: not now, not at all, or a plan first.
    """

    example: str
    call: str
    withheld: str


_TO: Final = r"[^.!?\n]{0,60}?"
_NEAR: Final = r"[^.!?\n]{0,30}?"
_CJK: Final = r"[^。？！.?!\n]{0,15}?"
_OVER: Final = r"(?=\s*(?:[.!?,;:)\n…]|\Z))"
"""The clause ends: `Do not send the report to Bob` forbids something else than `Do not send it`."""

LANGUAGES: Final[dict[str, Words]] = {
    "German": Words(
        r"\bbeispiel\w*|\bmuster(?:aufruf|beispiel)?\b",
        rf"\b(?:zeig|gib|schreib|nenn|erklär|erläuter|beschreib|druck)\w*\b{_TO}(?:aufrufs?|anfrage|tool[ -]?call)\b"
        rf"|\bbeispiel\w*{_NEAR}(?:aufruf|anfrage|werkzeug|funktion|tool)|\bbeispielaufruf"
        rf"|\bwie\b{_TO}(?:\baufruf|\brufe?\b|aufgerufen|\baufzurufen|sähe|sieht{_TO}\baufruf)",
        rf"\bohne\b{_TO}(?:auszuführen|aufzurufen|abzuschicken|abzusenden|zu\s+(?:senden|schicken|starten)|ausführung)\b"
        rf"|\b(?:führ|ruf|send|schick|start)\w*\s+(?:(?:es|ihn|sie|das|diesen?|den|noch|aber|bitte|jetzt|tool|aufruf"
        rf"|werkzeug|funktion)\s+){{1,4}}(?:nicht|nichts|kein\w*)\b"
        rf"|\b(?:führ|ruf|send|schick|start)\w*\s+(?:noch\s+)?(?:nichts|kein(?:e|en)?\s+(?:tool|werkzeug|funktion))"
        rf"|\bnicht\s+(?:wirklich\s+|tatsächlich\s+)?(?:ausführen|aufrufen|abschicken|absenden|senden|starten)\b"
        rf"|\b(?:probe|trocken)lauf|\bwarte\w*\b{_NEAR}(?:auf\s+mein|bis\s+ich)"
        rf"|\b(?:was|welche[snr]?)\b{_TO}würdest\s+du",
    ),
    "French": Words(
        r"\bexemples?\b",
        rf"\b(?:montre|donne|[ée]cri|affiche|explique|d[ée]cri)\w*\b{_TO}\b(?:appels?|requ[êe]tes?)\b"
        rf"|\bexemples?\b{_NEAR}(?:appel|requ[êe]te|outil|fonction)|\b[àa]\s+quoi\s+ressemble"
        rf"|\bcomment\b{_TO}(?:appel|invoqu|utilis)",
        rf"\bsans\s+(?:l['’]|la\s+|le\s+|les\s+|rien\s+|vraiment\s+)?(?:ex[ée]cut|appel|lanc|envoy)\w*"
        rf"|\bne\s+(?:l['’]|la\s+|le\s+|les\s+)(?:ex[ée]cut|appel|lanc|envoi|envoy)\w*\s+(?:pas|jamais)"
        rf"|(?:\bne\s+|\bn['’])(?:ex[ée]cut|appel|lanc|envoi|envoy)\w*\s+(?:rien|aucun\w*|pas(?:{_OVER}|\s+encore"
        rf"|\s+(?:la\s+fonction|l['’]outil|l['’]appel)))"
        rf"|\b[àa]\s+blanc\b|\battend\w*\b{_NEAR}\b(?:mon|ma|que\s+je)\b"
        rf"|\b(?:que|quel\w*)\b{_TO}(?:utiliserais|appellerais|emploierais|lancerais)",
    ),
    "Spanish": Words(
        r"\bejemplos?\b",
        rf"\b(?:mu[ée]str|dame|escrib|explic|describ|ens[eé][ñn])\w*\b{_TO}\b(?:llamadas?|petici[óo]n|solicitud)\b"
        rf"|\bejemplos?\b{_NEAR}(?:llamada|petici|solicitud|herramienta|funci)"
        rf"|\bc[óo]mo\b{_TO}(?:\bllam|\binvoc|\bse\s+usa|\bser[ií]a\s+la\s+llamada)",
        rf"\bsin\s+(?:\w+\s+)?(?:ejecutar|llamar|enviar|invocar|lanzar)(?:l[aoe]s?\b|{_OVER}|\s+(?:nada|la\s+(?:herr|func|llam)))"
        rf"|\bno\s+(?:l[aoe]s?|me\s+l[ao])\s+(?:ejecut|llam|env[ií]|invo|lanc)\w*"
        rf"|\bno\s+(?:ejecut|llam|env[ií]|invoq|lanc)\w*(?:{_OVER}|\s+(?:nada|ningun|todav[ií]a|a[úu]n|la\s+(?:herr|func|llam)))"
        rf"|\bsimulacro|\ben\s+seco\b|\bespera\w*\b{_NEAR}\b(?:mi|a\s+que\s+yo)\b"
        rf"|\b(?:qu[ée]|cu[áa]l)\b{_TO}(?:usar|llamar|utilizar|invocar)[ií]as",
    ),
    "Portuguese": Words(
        r"\bexemplos?\b",
        rf"\b(?:mostr|d[êe]|escrev|explic|descrev)\w*\b{_TO}\b(?:chamadas?|requisi[çc][ãa]o|solicita[çc][ãa]o)\b"
        rf"|\bexemplos?\b{_NEAR}(?:chamada|requisi|ferramenta|fun[çc])|\bcomo\b{_TO}(?:\bcham|\binvoc|\bse\s+usa)",
        rf"\bsem\s+(?:[oa]s?\s+)?(?:execut|cham|envi|invoc|rodar)\w*(?:-l?[ao]s?\b|{_OVER}|\s+(?:nada|[ao]\s+(?:ferr|fun|cham)))"
        rf"|\bn[ãa]o\s+(?:[oa]s?)\s+(?:execut|cham|envi|invoq|rod)\w*"
        rf"|\bn[ãa]o\s+(?:execut|cham|envi|invoq|rod)\w*(?:-[oa]\b|{_OVER}|\s+(?:nada|nenhum|ainda|[ao]\s+(?:ferr|fun|cham)))"
        rf"|\besper\w*\b{_NEAR}\b(?:minha|meu|que\s+eu)\b|\b(?:qual|que|quais)\b{_TO}voc[êe]\s+(?:usaria|chamaria)",
    ),
    "Italian": Words(
        r"\besemp(?:io|i)\b",
        rf"\b(?:mostr|dammi|scriv|spieg|descriv)\w*\b{_TO}\b(?:chiamat[ae]|richiest[ae])\b"
        rf"|\besemp(?:io|i)\b{_NEAR}(?:chiamat|richiest|strument|funzion)|\bcome\b{_TO}(?:\bchiam|\binvoc|\bsi\s+usa)",
        rf"\bsenza\s+(?:esegu|chiam|invi|lanci)\w*(?:l[oaie]\b|{_OVER}|\s+(?:nulla|niente|lo\s+strum|la\s+(?:funz|chiam)))"
        rf"|\bsenza\s+(?:esegu|chiam|invi|lanci)\w*l[oaie]\b|\bnon\s+(?:l[oaie])\s+(?:esegu|chiam|invi|lanci)\w*"
        rf"|\bnon\s+(?:esegu|chiam|invi|lanci)\w*(?:{_OVER}|\s+(?:nulla|niente|ancora|lo\s+strum|la\s+(?:funz|chiam)))"
        rf"|\baspett\w*\b{_NEAR}\b(?:mio|mia|che\s+io)\b|\b(?:quale|cosa)\b{_TO}(?:useresti|chiameresti)",
    ),
    "Dutch": Words(
        r"\bvoorbeeld\w*",
        rf"\b(?:toon|laat|geef|schrijf|leg)\w*\b{_TO}(?:aanroep|verzoek)\b|\bvoorbeeld\w*{_NEAR}(?:aanroep|functie|tool)"
        rf"|\bhoe\b{_TO}(?:aanroep|aan\s+te\s+roepen|\broep)",
        rf"\bzonder\b{_TO}(?:uit\s+te\s+voeren|aan\s+te\s+roepen|te\s+(?:sturen|versturen|verzenden|draaien))"
        rf"|\b(?:voer|roep|stuur)\b{_NEAR}\b(?:niet|niets)\s+(?:uit|aan|op)?\b|\bniet\s+(?:uitvoeren|aanroepen|versturen)"
        rf"|\bwacht\b{_NEAR}(?:op\s+mijn|tot\s+ik)|\b(?:wat|welke)\b{_TO}zou\s+je",
    ),
    "Polish": Words(
        r"\bprzykład\w*",
        rf"\b(?:pokaż|podaj|napisz|daj|opisz|wyjaśnij)\w*\b{_TO}(?:wywołani|żądani)\w*"
        rf"|\bjak\b{_TO}(?:wywoła|wygląda\w*{_NEAR}wywoła)",
        rf"\bnie\s+(?:wykonuj|uruchamiaj|wywołuj|wysyłaj)\w*(?:{_OVER}|\s+(?:go|jej|tego|ich|nic|narzędzi|funkcji|jeszcze))"
        rf"|\b(?:go|jej|tego|niczego)\s+nie\s+(?:wykonuj|uruchamiaj|wywołuj|wysyłaj)\w*"
        rf"|\bbez\s+(?:wykon|uruch|wywoł|wysył)\w*|\b(?:poczekaj|czekaj)\b{_NEAR}\b(?:moj|aż)\w*",
    ),
    "Turkish": Words(
        r"\börne[kğ]\w*",
        rf"(?:çağrı|istek|isteğ)\w*{_NEAR}(?:göster|yaz|ver)\w*|\börne[kğ]\w*{_NEAR}(?:çağrı|istek)|\bnasıl\b{_TO}çağr",
        r"(?:çalıştır|çağır|gönder|yürüt)m(?:adan|eden|ayın|eyin|a\b|e\b)|\bonayım\w*\s+bekle",
    ),
    "Russian": Words(
        r"\bпример(?:а|у|ом|е|ы|ов|ами)?\b|\bобраз(?:ец|ца|цы)\b",
        rf"\b(?:покаж|напиш|привед|дай|опиш|объясн|вывед)\w*\b{_TO}\b(?:вызов|запрос)\w*"
        rf"|\bпример\w*{_NEAR}(?:вызов|запрос)|\bкак\b{_TO}(?:вызвать|вызывать|вызывается|выглядит\s+вызов)",
        rf"\bне\s+(?:надо\s+|нужно\s+)?(?:выполня|запуска|вызыва|отправля|исполня)\w*"
        rf"(?:{_OVER}|\s+(?:его|её|ее|их|это|вызов|инструмент|функци|ничего|пока))"
        rf"|\b(?:его|её|ее|это|ничего)\s+не\s+(?:выполня|запуска|вызыва|отправля|исполня)\w*"
        rf"|\bбез\s+(?:его\s+|её\s+|ее\s+)?(?:выполнения|запуска|вызова|отправки|исполнения)|\bпробн\w+\s+запуск"
        rf"|\b(?:подожд|дождис|жди)\w*\b{_NEAR}\b(?:мо(?:его|ей|их)|пока\s+я)\b|\bкак(?:ой|ую|ие)\b{_TO}(?:ты|вы)\s+бы\b",
    ),
    "Ukrainian": Words(
        r"\bприклад(?:у|ом|и|ів)?\b",
        rf"\b(?:покаж|напиш|навед|дай|опиш|поясн)\w*\b{_TO}\b(?:виклик|запит)\w*|\bприклад\w*{_NEAR}(?:виклик|запит)",
        rf"\bне\s+(?:треба\s+)?(?:викону|запуска|виклика|надсила|відправля)\w*"
        rf"(?:{_OVER}|\s+(?:його|її|це|їх|виклик|інструмент|функці|нічого|поки))"
        rf"|\b(?:його|її|це|нічого)\s+не\s+(?:викону|запуска|виклика|надсила)\w*|\bбез\s+(?:виконання|запуску|виклику)",
    ),
    "Japanese": Words(
        r"(?:具体|使用|利用|回答|記入)?例(?=[をのがはとも]|えば|\s*[:：])|サンプル|見本",
        rf"(?:呼び?出し|ツールコール|リクエスト){_CJK}(?:例|見せ|示し|書い|表示|教え)"
        rf"|(?:例|見本|サンプル){_CJK}(?:呼び?出し|リクエスト|ツール)|どう(?:やって)?{_CJK}呼び?出",
        rf"(?:実行|送信|起動|呼び?出し)(?:は|を|も)?(?:まだ)?(?:しない(?:で|こと)?|せず|不要|禁止)|呼び?出さ(?:ない|ず)|送らないで"
        rf"|(?:確認|承認|許可|返事){_CJK}待って|どの(?:ツール|関数){_CJK}使(?:う|い)(?:ます|の|つもり)",
    ),
    "Korean": Words(
        r"예시|예제|예를\s*들|샘플|견본",
        rf"(?:호출|요청){_CJK}(?:예시|예제|보여|써\s*줘|형식)|(?:예시|예제){_CJK}(?:호출|요청)|어떻게{_CJK}호출",
        rf"(?:실행|호출|전송|발송)(?:은|을|는|를)?\s*(?:하지\s*(?:마|말|않)|하면\s*안)|보내지\s*(?:마|말|않)|호출\s*없이|실행\s*없이"
        rf"|(?:확인|승인|허락){_CJK}기다|어떤\s*(?:도구|함수){_CJK}(?:사용할|쓸)\s*(?:건|거|것)",
    ),
    "Vietnamese": Words(
        r"\bví\s+dụ\b",
        rf"\b(?:cho|viết|hiển\s+thị|đưa)\b{_TO}(?:lời|lệnh|cuộc)\s+gọi|\bví\s+dụ\b{_NEAR}(?:lời|lệnh|cuộc)?\s*gọi"
        rf"|\blàm\s+(?:thế\s+nào|sao)\b{_TO}\bgọi\b",
        rf"\b(?:đừng|chưa|không)\s+(?:được\s+|cần\s+|vội\s+)?(?:chạy|gọi|thực\s+thi|gửi|thực\s+hiện)"
        rf"(?:{_OVER}|\s+(?:nó|lệnh|công\s+cụ|hàm|gì|vội))|\bmà\s+không\s+(?:chạy|gọi|thực|gửi)",
    ),
    "Indonesian": Words(
        r"\bcontoh(?:nya)?\b",
        rf"\b(?:tunjukkan|berikan|beri|tulis|tuliskan|jelaskan)\b{_TO}(?:panggilan|pemanggilan|permintaan)"
        rf"|\bcontoh\b{_NEAR}(?:panggilan|pemanggilan|permintaan)|\bbagaimana\b{_TO}memanggil",
        rf"\bjangan\s+(?:dulu\s+)?(?:di)?(?:jalankan|panggil|kirim|kirimkan|eksekusi)(?:{_OVER}|nya\b|\s+(?:dulu|itu|alat|fungsi|apa))"
        rf"|\btanpa\s+(?:menjalankan|memanggil|mengirim|mengeksekusi)(?:nya\b|{_OVER}|\s+(?:apa|alat|fungsi))",
    ),
    "Hindi": Words(
        r"उदाहरण|नमून[ाे]",
        r"(?:कॉल|अनुरोध)[^।?!\n]{0,20}?(?:दिखा|लिख|उदाहरण)|उदाहरण[^।?!\n]{0,20}?(?:कॉल|अनुरोध)|कैसे[^।?!\n]{0,20}?कॉल",
        r"(?:मत|न)\s+(?:चला|भेज)\S*|(?:चलाओ|चलाना|चलाएँ|चलाएं|भेजो|भेजना|भेजें|कॉल|निष्पादित)\s+(?:मत|न)(?=\s|[।,.!]|\Z)"
        r"|(?:चलाए|भेजे|किए)\s+बिना|बिना\s+(?:चलाए|भेजे|कॉल)",
    ),
    "Arabic": Words(
        r"مثال|أمثلة|نموذج",
        r"(?:اعرض|أعط|اكتب|أظهر|اشرح|أرني)\S*[^.!؟?\n]{0,40}?(?:استدعاء|الاستدعاء|الطلب)|مثال[^.!؟?\n]{0,20}?(?:استدعاء|طلب)"
        r"|كيف[^.!؟?\n]{0,30}?(?:أستدعي|استدعاء)",
        r"(?:لا|دون|بدون|من\s+غير)\s+(?:أن\s+)?(?:تنف[يّ]?ذ|تشغ[يّ]?ل|تستدع|استدعاء|ترسل|إرسال)\S*",
    ),
    "Chinese, traditional": Words(
        r"範例|範本|舉例|舉個例|樣例|樣本",
        rf"(?:範例|例子|舉例|樣例|範本){_CJK}(?:調用|呼叫|工具|函[數式]|請求|用法)|(?:調用|呼叫|函[數式]|請求|用法){_CJK}(?:範例|例子|樣例|範本|長什麼樣)"
        rf"|(?:怎麼|怎樣|如何){_CJK}(?:調用|呼叫)",
        r"(?:不要|別|不用|無需|不必|先不)(?:急著|真的|實際)?(?:去)?(?:調用|呼叫|執行|運行|發送|傳送|送出)|先(?:告訴|說明|列出|給我看|不要|別)"
        r"|等我(?:確認|同意|批准|回覆|點頭)|試運行|演練",
    ),
}


@cache
def _pattern(kind: Kind) -> re.Pattern[str]:
    return re.compile("|".join(getattr(words, kind) for words in LANGUAGES.values()), re.IGNORECASE)


@cache
def _introduction() -> re.Pattern[str]:
    return re.compile(rf"(?:{_pattern('example').pattern})[^.!?。！？\n]{{0,60}}[:,：，]?\s*\Z", re.IGNORECASE)


def says(text: str, kind: Kind) -> bool:
    """Whether a text has words of a kind in one of the languages."""
    return bool(_pattern(kind).search(text))


def introduces_example(tail: str) -> bool:
    """Whether a text's end introduces what follows as an example."""
    return bool(_introduction().search(tail[-200:]))
