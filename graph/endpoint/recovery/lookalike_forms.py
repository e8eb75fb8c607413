"""The forms of a call that no model was trained to write, as `lookalikes` finds them: one reader for each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graph.endpoint.recovery.lookalike_objects import HOLDERS, find_objects, fit
from graph.endpoint.recovery.loose_values import named_brackets, read_arguments, read_loosely
from graph.endpoint.recovery.toolbox import ARGUMENT_KEYS, NAME_KEYS

if TYPE_CHECKING:
    from graph.endpoint.recovery.lookalike_objects import Named
    from graph.endpoint.recovery.toolbox import Toolbox

_MAX_TOKENS: Final = 40
_MAX_BRACKETS: Final = 12

_LABELS: Final = frozenset({
    *NAME_KEYS, *HOLDERS, "invoke", "calling", "execute", "execute_tool", "run", "to", "assistant", "commentary",
    "analysis", "assistantcommentary", "assistantanalysis", "recipient", "recipient_name", "tool_request",
    "行动", "动作", "操作", "工具", "函数", "调用", "调用工具", "调用函数", "使用工具", "工具名称", "工具名",
    "工具调用", "use_tool", "aktion", "acción", "accion", "ação", "acao", "azione", "actie", "действие", "行動", "動作",
    "アクション", "행동", "동작", "akcja", "eylem", "aksi",
})  # fmt: skip
"""Words that may stand before a tool's name."""

_BETWEEN: Final = frozenset({
    *ARGUMENT_KEYS, "action", "argument", "parameter", "kwargs", "tool", "function", "with", "using", "the", "these",
    "following", "values", "name", "tool_name", "json", "code", "constrain", "message", "commentary",
    "eingabe", "entrada", "entrée", "entree", "de", "la", "da", "acción", "ação", "input", "dell", "azione", "входные",
    "данные", "ввод", "入力", "行動入力", "動作輸入", "輸入", "행동", "입력", "invoer", "dane", "wejściowe", "girdi",
    "行动输入", "动作输入", "操作输入", "工具输入", "输入", "参数", "工具参数", "调用参数",
})  # fmt: skip
"""Words that may stand between a tool's name and its arguments."""

LABELLED: Final = re.compile(
    r"\**(?:Action|Tool|行动|动作|操作|工具|行動|動作|Aktion|Acción|Ação|Azione|Действие|행동)\**[ \t]*[:：]",
    re.IGNORECASE,
)
"""What leads to a tool's name and to nothing else."""

_TOKEN: Final = re.compile(r"\s+|`{3,}\w*|<\|\w+\|>|\w+(?:[.\-]\w+)*|.", re.DOTALL)
_LIST_OF_OBJECTS: Final = re.compile(r"\[\s*[{｛]")
_STATEMENT: Final = re.compile(
    r"(?:(?:const|let|var|return)[ \t]+)?(?:\$?[^\W\d]\w*(?:[ \t]*:[ \t]*\w+)?[ \t]*=[ \t]*(?!=))?(?:await[ \t]+)?"
    r"(?:(?:print|console\.log)\([ \t]*)?(?:await[ \t]+)?"
)
_METHODS: Final = (".run", ".call", ".invoke", ".execute")
_PAREN: Final = re.compile(r"[ \t]?\(")
_PLAIN: Final = re.compile(r"[ \t]?[\[(]([^\[\](){}\n]+)[\])]")
_SQUARE: Final = re.compile(r"[ \t]?\[")
_FENCE: Final = re.compile(r"(`{3,})([\w+\-]*)[ \t]*\n")
_PAGES: Final = frozenset({"html", "svg", "css", "jsx", "tsx", "vue"})
_TESTS: Final = re.compile(r"^\s*(?:assert|(?:async )?def test_|it\(|describe\()", re.MULTILINE)
"""What is tested in code is not called by the one who wrote it."""
_DEFINES: Final = r"\b(?:def|class|function|fn|func)\s+"
_ELEMENT: Final = re.compile(r"""<(?:param(?:eter)?|arg(?:ument)?)\s+name=["']?([\w.\-]+)["']?\s*>""")
_ATTRIBUTE: Final = re.compile(r"""\s([\w.\-]+)\s*=\s*(?:"([^"<>]*+)"|'([^'<>]*+)')""")
_TAG: Final = re.compile(r"</?[\w:.\-]+(?:\s[^<>]*+)?/?>")
_BETWEEN_CALLS: Final = re.compile(r"(?:[\s)\]}>,;]|</[\w:.\-]+>)*+")
_LINE: Final = re.compile(
    r"[ \t]*(?:[\-*•][ \t]+)?\**[`\"']?(?P<key>[\w.\-]+)[`\"']?\**[ \t]*[:：=]\**(?P<value>[^\n]*+)(?:\n|\Z)"
)


@dataclass(frozen=True, slots=True)
class Form:
    """Calls that stand at a place.

    Attributes:
        calls: the tools and their arguments.
        end: the position after them.
        code: they are written as code, which may go on behind them.
    """

    calls: tuple[Named, ...]
    end: int
    code: bool = False


def read_form(text: str, at: int, tools: Toolbox) -> Form | None:
    """Read what begins at a place, in whichever form it is.

    Args:
        text: the text.
        at: the first character that is no space.
        tools: the bound tools.
    """
    if fence := _FENCE.match(text, at):
        return _fenced(text, fence, tools)
    found = _walk(text, _STATEMENT.match(text, at).end(), tools, _LABELS)  # type: ignore[union-attr]  # it may be empty
    if found is None:
        return None
    name, end = found
    if name is None:
        calls, end = find_objects(text, end, tools)
        return Form(calls, end) if calls else None
    return (
        _bracketed(text, end, name, tools)
        or (_plain_text(text, end, name, tools) if LABELLED.match(text, at) else None)
        or _beside(text, end, name, tools)
        or (_elements(text, end, name, tools) if text[at] == "<" else _lines(text, end, name, tools))
    )


def _walk(text: str, at: int, tools: Toolbox, words: frozenset[str]) -> tuple[str | None, int] | None:
    """The tool's name and the position after it, or that of a brace which stands before any name."""
    for _ in range(_MAX_TOKENS):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        word = token[0]
        if word[0].isalnum() or word[0] == "_":
            method = next((one for one in _METHODS if word.endswith(one)), "")
            if words is _LABELS and (name := tools.resolve(word.removesuffix(method))):
                return name, token.end()
            if word.lower() not in words:
                return None
        elif word in "{｛" or _LIST_OF_OBJECTS.match(text, at):
            return None, at
        elif word == "|":
            return None
        at = token.end()
    return None


def _bracketed(text: str, at: int, name: str, tools: Toolbox) -> Form | None:
    """`f(…)` and `f[…]`."""
    if paren := _PAREN.match(text, at):
        read = read_arguments(text, paren.end() - 1)
        if read is None or not (call := fit(tools, name, read[1], read[0])):
            return None
        return Form((call,), read[2], code=True)
    square = _SQUARE.match(text, at)
    listed = read_loosely(text, square.end() - 1) if square else None
    if listed and listed[0] and (call := fit(tools, name, {}, listed[0])):
        return Form((call,), listed[1])
    return None


def _plain_text(text: str, at: int, name: str, tools: Toolbox) -> Form | None:
    """`f[…]` with plain text in it, as the first ReAct prompts have it, for a tool of one string."""
    given = _PLAIN.match(text, at)
    arguments = tools.keyed(name, [given[1].strip()]) if given else None
    call = fit(tools, name, arguments) if arguments else None
    return Form((call,), given.end()) if given and call else None


def _beside(text: str, at: int, name: str, tools: Toolbox) -> Form | None:
    """A name, and an object with its arguments."""
    found = _walk(text, at, tools, _BETWEEN)
    read = read_loosely(text, found[1]) if found else None
    if read is None or not isinstance(read[0], dict):
        return None
    call = fit(tools, name, read[0])
    return Form((call,), read[1]) if call else None


def _elements(text: str, at: int, name: str, tools: Toolbox) -> Form | None:
    """Elements or attributes, named after the arguments."""
    head = text.find(">", at)
    head = len(text) if head < 0 else head
    given = {one[1]: one[2] or one[3] or "" for one in _ATTRIBUTE.finditer(text, at, head)}
    spans: list[tuple[int, int]] = []
    for key in tools.schema(name).get("properties") or ():
        opened = text.find(f"<{key}>", at)
        closed = text.find(f"</{key}>", opened) if opened >= 0 else -1
        if closed >= 0:
            given[key] = text[opened + len(key) + 2 : closed]
            spans.append((opened, closed + len(key) + 3))
    for one in _ELEMENT.finditer(text, at):
        closed = text.find("</", one.end())
        if closed < 0:
            break
        if one[1] not in given:
            given[one[1]] = text[one.end() : closed]
            spans.append((one.start(), closed))
    end = max((to for _, to in spans), default=head)
    typed = {key: tools.type_argument(name, key, value) for key, value in given.items()}
    call = fit(tools, name, typed) if given or text.endswith(f"<{name}", 0, at) else None
    return Form((call,), end) if call and not _is_more(text, at, sorted(spans)) else None


def _is_more(text: str, at: int, spans: list[tuple[int, int]]) -> bool:
    """Whether anything but tags stands between the elements that were read."""
    between = ""
    for begin, end in spans:
        between += text[at:begin]
        at = max(at, end)
    return bool(re.search(r"\w", _TAG.sub("", between.partition(">")[2])))


def _lines(text: str, at: int, name: str, tools: Toolbox) -> Form | None:
    """A line for each argument, as in YAML."""
    end_of_line = re.compile(r"[\s`*\"':：,]*?\n").match(text, at)
    given: dict[str, str] = {}
    at = end_of_line.end() if end_of_line else len(text)
    while line := _LINE.match(text, at):
        key, value = line["key"], line["value"].strip().strip("`")
        if tools.has_argument(name, key) and value and key not in given:
            given[key] = value[1:-1] if value[0] == value[-1] and value[0] in "\"'" and len(value) > 1 else value
        elif value or key.lower() not in _BETWEEN:
            break
        at = line.end()
    typed = {key: tools.type_argument(name, key, value) for key, value in given.items()}
    call = fit(tools, name, typed) if given else None
    return Form((call,), at) if call else None


def _fenced(text: str, fence: re.Match[str], tools: Toolbox) -> Form | None:
    """A code block: in one of the forms as a whole, or code that calls a tool."""
    closed = text.find(fence[1], fence.end())
    end = len(text) if closed < 0 else closed + len(fence[1])
    body = text[fence.end() : len(text) if closed < 0 else closed].strip()
    if fence[2].lower() in _PAGES or _TESTS.search(body):
        return None
    if calls := _read_whole(body, tools):
        return Form(calls, end)
    tried = 0
    for at, written in named_brackets(body, 0):
        method = next((one for one in _METHODS if written.endswith(one)), "")
        name = tools.resolve(written.removesuffix(method))
        if name is None or tried > _MAX_BRACKETS:
            continue
        tried += 1
        if re.search(_DEFINES + re.escape(name) + r"\b", body):
            return None
        if found := _bracketed(body, at, name, tools):
            return Form(found.calls, end, code=True)
    return None


def _read_whole(body: str, tools: Toolbox) -> tuple[Named, ...]:
    """The calls of a code block that holds nothing else, if it is no code."""
    calls: list[Named] = []
    at = 0
    while at < len(body) and len(calls) <= _MAX_BRACKETS and not body.startswith("```", at):
        form = read_form(body, at, tools)
        if form is None or form.code:
            return ()
        calls += form.calls
        at = _BETWEEN_CALLS.match(body, form.end).end()  # type: ignore[union-attr]  # it may be empty
    return tuple(calls)
