"""Whether a piece of JSON or code is likelier an answer than a call: what the user asked for, what leads into it.

Words, in English and Chinese, chosen so that a doubt keeps the text as it is: a call that is shown instead of run can
be asked for again, one that is run unasked cannot be taken back.
"""

from __future__ import annotations

import re

MAX_LEAD = 300
"""Characters of text before a call that carries no marker; more than that is an answer with an example in it."""

MAX_FOLLOW_UP = 200
"""Characters of text after a call without a marker, where the text before announced the call."""

_MAX_PROMPT = 6000

_SHOW = (
    r"(?:show|give|write|provide|print|output|return|respond|reply|answer|generate|produce|format|convert|express"
    r"|draft)"
)
_THING = (
    r"(?:(?<![.\w])json\b(?!\s+file)|tool[ -_]?calls?\b|function[ -_]?calls?\b|api\s+calls?\b|payload|request\s+body"
    r"|snippet|code\s+block|schema|syntax|template"
    r"|config(?:uration)?\b(?!\s*file|\.\w|[^.!?\n]*\b(?:save|store|file)\b))"
)
_ASKS = re.compile(
    rf"""\b{_SHOW}\b[^.!?\n]{{0,60}}?{_THING}
    | (?<![.\w])json\s+(?:object|format|output|response|example|only|schema)
    | \b(?:in|as|into|to|valid|with)\s+(?:\w+\s+)?json\b(?!\s+file)
    | \b(?:an?|some|one|the|me|another|more|two|three)\s+(?:\w+\s+)?(?:example|sample|illustration|demo)s?\b
    | \bexamples?\s+of\b | \bfor\s+example,?\s+how\b
    | \bhow\s+(?:do|does|would|can|could|should|to|might)\b[^.!?\n]{{0,40}}\b(?:call|invoke|use|format|write)\b
    | \bwhat\s+(?:does|do|would|is|should)\b[^.!?\n]{{0,60}}\b(?:look\s+like|format|syntax|schema)\b
    | (?:\b(?:without|instead\s+of|not|never)|n['’]t)\s+(?:actually\s+)?(?:call|run|execut|invok)(?:e|ing)?\b
    | \b(?:explain|describe|document|illustrate|demonstrate)\b[^.!?\n]{{0,60}}\b(?:calls?|tools?|functions?|format)\b
    | 示例|例子|举例|举个例|样例|范例|样本|(?:怎么|怎样|如何)[^。？！\n]{{0,12}}(?:调用|使用|用)
    | (?:用|以|按|成|为|返回|输出|生成|给出|给我|写)[^。？！\n]{{0,10}}(?<![.\w])json
    | json\s*(?:格式|对象|形式|示例) | (?:不要|别|不用|无需|不必)(?:真的|实际)?(?:调用|执行|运行) | 长什么样 | 调用格式
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_FOR_CALL = re.compile(
    r"""\b(?:example|sample|format|syntax|template|look\s+like|explain|describe|document|how\s+(?:do|does|would|to|can))\b
        [^\n]{0,80}\b(?:tool|function)[ _-]?call
    | \b(?:tool|function)[ _-]?call\w*\b[^\n]{0,80}\b(?:example|sample|format|syntax|template|look\s+like)\b
    | \b(?:show|write|print)\b[^.!?\n]{0,40}\b(?:tool|function)[ _-]?call
    | <tool_call>|\[TOOL_CALLS\]|<\|python_tag\|>|<function=
    | (?:工具|函数)调用[^。\n]{0,12}(?:示例|例子|格式|样例|长什么样)
    | (?:示例|例子|格式|解释|写)[^。\n]{0,12}(?:工具|函数)调用
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LEADS_TO_EXAMPLE = re.compile(
    r"""\b(?:for\s+example|for\s+instance|e\.g\.|examples?|samples?|format|syntax|schema|snippet|template)\b
    | \blooks?\s+like\b | \b(?:you|one|we|it)\s*(?:can|could|would|might|may|should|'d|['’]ll\s+need\s+to)\s+(?:\w+\s+)?
        (?:call|use|invoke|send|write|do|look|be)\b
    | \b(?:would|could|might)\b
    | (?:\A|[.!?]\s|\n)\s*to\s+(?:call|use|invoke)\b[^:\n]{0,60}:\s*\Z | \bhere(?:'s|\s+is)\s+how\b
    | \b(?:json|output|answer|result|response|object)\b(?![^:\n]*\bcall\b)[^:\n]{0,40}:\s*\Z
    | 例如|比如|譬如|示例|例子|样例|格式|可以这样|像这样|假如|如果要
    """,
    re.IGNORECASE | re.VERBOSE,
)
_INTRODUCES_EXAMPLE = re.compile(
    r"""(?:\b(?:such\s+as|like|e\.g\.|i\.e\.|for\s+example|for\s+instance|namely|literally)
        | (?:例如|比如|譬如|诸如))[\s,:;，：]*\Z
    | \blook(?:s|ed)?\s+like\b[^.!?\n]{0,60}[:,]?\s*\Z
    | \b(?:an?|one|another|this|the\s+following)\s+(?:\w+\s+)?(?:example|sample|quote|text)\b[^.!?\n]{0,40}:\s*\Z
    | \b(?:for\s+example|for\s+instance|e\.g\.)[^.!?\n]{0,60}:?\s*\Z
    | (?:\b(?:I|you|one|we|it|that|call)\s+(?:would|could|might)|\b(?:I|you|we|it)['’]d)\s+(?:\w+\s+)?
        (?:send|call|use|invoke|write|run|make|be|look)\b[^.!?\n]{0,60}\s*\Z
    | (?:例如|比如|譬如)[^。！？\n]{0,12}[:,：，]?\s*\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
_REPORTS = re.compile(
    r"""\b(?:contain(?:s|ed|ing)?|says|said|reads|quot(?:e|es|ed|ing)|verbatim|returned)\b[^.!?\n]{0,60}[:,]?\s*\Z
    | (?:包含|写着|内容(?:是|为|如下)|原文)[^。！？\n]{0,12}[:,：，]?\s*\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OPENS_QUOTE = re.compile(r"""[«“„‘「『]\s*\Z | (?:\A|[\s:(：])["']\s*\Z | (?:\A|\n)[ \t]*>[ \t]*\Z""", re.VERBOSE)
_SHOWS = (
    r"(?:(?:\w+ly|now|first|just|also)\s+)*(?:show|give|explain|illustrate|demonstrate|quote|describe|recap"
    r"|summari[sz]e|repeat|share|know|(?:be|write|spell)\s+(?:\w+\s+)?(?:clear|out|down|honest))\b"
)
_ANNOUNCES = re.compile(
    rf"""\b(?:let\s+me|let['’]?s|let\s+us
        | (?:I|we)(?:\s+(?:will|shall|should|must|am\s+going\s+to|are\s+going\s+to)|['’]ll|['’](?:m|re)\s+going\s+to
            | (?:\s+(?:still\s+)?(?:need|have|want)|['’]d\s+(?:like|love)|\s+would\s+like)\s+to|['’]d\s+better)
        )\b(?!\s+{_SHOWS})
    | \b(?:I|we)(?:['’](?:m|re)|\s+am|\s+are)\s+(?:now\s+)?
        (?:calling|checking|trying|looking|searching|fetching|reading|running|using|sending|getting)\b
    | (?:让我|我(?:来|会|将|先|再|要|需要|应该|现在|这就|去)|接下来|看看|查一下|查看一下|试一下)
        (?![^。！？\n]{{0,8}}(?:举|示范|展示|演示|说明|解释|示例|例子|格式))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ACTS = re.compile(
    r"(?:\A|[,;:，；：]\s*|\n)(?:(?:now|so|then|first|next|and)[\s,]+)*(?:calling|(?:double-)?checking|trying|retrying"
    r"|looking|searching|fetching|reading|running|using|sending|getting|adding|computing|calculating|querying)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]\s|[。！？](?!\Z)|\n\n")
_LEAVES_OPEN = re.compile(r"""[^.!?:;…。！？：；"'”»)\]\s]\s*\Z""")
_FOLLOWS_UP = re.compile(
    r"\A(?:then|afterwards?|after\s+that|once|when|next|I['’]ll|I\s+will|let\s+me|please\s+wait|one\s+moment|this\s+will)"
    r"\b[^\n]*\Z|\A(?:然后|之后|接着|随后|请稍)[^\n]*\Z",
    re.IGNORECASE,
)


def introduces_quote(tail: str) -> bool:
    """Whether a text's end introduces what follows as an example or a quotation, so that even a marked call is one.

    A sentence in which the model says what it is about to do introduces what it does, whatever its other words:
    `Now let me see what the file contains:`.
    """
    if _OPENS_QUOTE.search(tail):
        return True
    example = bool(_INTRODUCES_EXAMPLE.search(tail))
    if not example and not _REPORTS.search(tail):
        return False
    sentence = _last_sentence(tail)
    return not (_ANNOUNCES.search(sentence) or (not example and _ACTS.search(sentence)))


def leaves_open(tail: str) -> bool:
    """Whether a text ends in the middle of a sentence."""
    return bool(_LEAVES_OPEN.search(tail))


def announces_call(lead: str) -> bool:
    """Whether a text says that the model is about to do something."""
    return bool(_ANNOUNCES.search(lead))


def follows_up(text: str) -> bool:
    """Whether a text, short and of one line, says what the model does once it has the result."""
    return len(text) <= MAX_FOLLOW_UP and bool(_FOLLOWS_UP.search(text.strip()))


def _last_sentence(text: str) -> str:
    return _SENTENCE_END.split(text.strip())[-1]


def asks_for_text(prompt: str) -> bool:
    """Whether the user asked for JSON, code of a call, or an example, so that such a block is the answer itself."""
    return bool(_ASKS.search(_ends(prompt)))


def asks_about_calls(prompt: str) -> bool:
    """Whether the user asked about tool calls as such, so that even marked ones in an explanation are examples."""
    return bool(_ASKS_FOR_CALL.search(_ends(prompt)))


def leads_to_example(lead: str) -> bool:
    """Whether a text before a block introduces an example or an answer."""
    return bool(_LEADS_TO_EXAMPLE.search(lead))


def _ends(prompt: str) -> str:
    """The beginning and the end of a prompt, where people say what they want."""
    if len(prompt) <= _MAX_PROMPT:
        return prompt
    return prompt[: _MAX_PROMPT // 2] + "\n" + prompt[-_MAX_PROMPT // 2 :]
