"""Calls in the text form of ReAct, which models fall back to: `Action:`, `Action Input:`, and perhaps `Observation:`.

The form is that of LangChain's prompt for it (`create_react_agent` in langchain_classic/agents/react/agent.py), after
arXiv 2210.03629; models write it in other languages, too. No server makes a call of it, and what follows an
`Observation:` in the same reply is made up.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ACTION: Final = re.compile(
    r"^[ \t]*\**(?:Action|行动|动作|操作|行動|動作|アクション|Aktion|Acci[óo]n|A[çc][ãa]o|Azione|Действие|행동)\**"
    r"[ \t]*[:：]\**[ \t]*(?P<name>[^\s][^\n]*?)[ \t]*\n+"
    r"[ \t]*\**(?:Action[ _]Input|(?:行动|动作|操作)[ ]?(?:的)?输入|(?:行動|動作)?[ ]?(?:入力|輸入)|(?:행동[ ])?입력"
    r"|(?:Aktions)?Eingabe|Entrada(?:[ ]de[ ]la[ ]acci[óo]n|[ ]da[ ]a[çc][ãa]o)?|Entr[ée]e(?:[ ]de[ ]l'action)?|Input"
    r"|Входные[ ]данные|Ввод)\**[ \t]*[:：]\**(?P<input>.*?)"
    r"(?=\s*\Z|\n[ \t]*\**(?:Observation\b|观察))",
    re.MULTILINE | re.DOTALL,
)
_FENCED: Final = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)
_AROUND: Final = "`'\"[]* "


def read_actions(text: str, tools: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the actions that end a reply or come before an observation: the passage, the tool, its arguments.

    An action within a code block is left out, and so is one whose input is neither an object nor, for a tool of one
    string, a line of text.

    Args:
        text: the whole text.
        tools: the bound tools: name to the JSON Schema of the parameters.
    """
    for found in _ACTION.finditer(text):
        name = found["name"].strip(_AROUND)
        if name not in tools or text.count("```", 0, found.start()) % 2:
            continue
        arguments = _arguments(found["input"].strip(), tools[name])
        if arguments is not None:
            yield found[0].strip(), name, arguments


def _arguments(given: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    if fenced := _FENCED.fullmatch(given):
        given = fenced[1].strip()
    try:
        value = json.loads(given, strict=False)
    except ValueError:
        value = given
    if isinstance(value, dict):
        return value
    if value in {None, "", "None"} and not schema.get("required"):
        return {}
    only = list(schema.get("properties") or ())
    if len(only) != 1 or schema["properties"][only[0]].get("type") != "string" or "\n" in given or given[:1] in "{[":
        return None
    return {only[0]: value if isinstance(value, str) else given}
