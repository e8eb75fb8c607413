"""What the words around a call say of it: whether the reply makes it, or only shows it.

The words of English and simplified Chinese stand here, those of other languages in `languages`. What they decide is
left to `situation`.
"""

from __future__ import annotations

import re

from graph.endpoint.recovery.languages import ends_of, fold, says

MAX_LEAD = 300
"""Characters of text before a call that carries no marker; more than that may be an answer with an example in it."""

MAX_FOLLOW_UP = 200
"""Characters of text after a call without a marker that may still only say what comes next."""

_INTRODUCES_EXAMPLE = re.compile(
    r"""(?:\b(?:such\s+as|like|e\.g\.|i\.e\.|for\s+example|for\s+instance|namely|literally)
        | (?:例如|比如|譬如|诸如))[\s,:;，：]*\Z
    | \blook(?:s|ed)?\s+like\b[^.!?\n]{0,60}[:,]?\s*\Z
    | \b(?:an?|one|another|this|the\s+following)\s+(?:\w+\s+)?(?:example|sample|quote|text)\b[^.!?\n]{0,40}:\s*\Z
    | \b(?:for\s+example|for\s+instance|e\.g\.)[^.!?\n]{0,60}:?\s*\Z
    | (?:\b(?:I|you|one|we|it|that|call)\s+(?:would|could|might)|\b(?:I|you|we|it)['’]d)\s+(?:\w+\s+)?
        (?:send|call|use|invoke|write|run|make|be|look)\b[^.!?\n]{0,60}\s*\Z
    | (?:\A|\n|[.!?]\s+)\W*(?:examples?|samples?|usage|示例|例子|用法|调用方式)\W*\Z
    | \b(?:like\s+this|is\s+how|here(?:['’]s|\s+is)\s+how)\b[^.!?\n]{0,20}\s*\Z
    | \bI\s+(?:emit|output|write|produce|generate|return)\b[^.!?\n]{0,30}:\s*\Z
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
_DESCRIBES = re.compile(
    r"""(?:\b(?:shape|format|syntax|form|structure|schema|writes|emits|expects|produces|generates|outputs)\b
        | 格式|语法|写法)[^.!?\n]{0,40}(?<![.!?\s])\s*\Z
    | \b(?:hermes|qwen|llama|mistral|openai|xml|json)[\w'’.\- ]{0,12}\b(?:style|format|form|syntax)\b
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
    r"(?:\A|[,;:.!?，；：]\s*|\n)(?:(?:now|so|then|first|next|and)[\s,]+)*(?:calling|(?:double-)?checking|trying|retrying"
    r"|looking|searching|fetching|reading|running|using|sending|getting|adding|computing|calculating|querying)\b"
    r"(?![^.!?\n]*\b(?:is|are|was|means|returns|gives|takes|looks|works|requires|needs)\b)",
    re.IGNORECASE,
)
_PROMISES = re.compile(
    r"""\b(?:I['’]ll|I\s+will|please\s+(?:wait|hold)|one\s+moment|just\s+a\s+(?:moment|second)
        |(?:then|afterwards?|after\s+that|once|when|next),?\s+(?:I|we|you['’]ll|you\s+will)\b)
    | 请稍|稍等|然后我|之后我|接着我|随后我|我(?:会|将|再)""",
    re.IGNORECASE | re.VERBOSE,
)
_DOUBTS = re.compile(
    r"""\b(?:would|could|might|examples?|samples?|syntax|format|for\s+instance)\b | \be\.g\. | \blooks?\s+like\b
    | \b(?:you|we|one)\s+(?:can|may)\b | \bhere(?:['’]s|\s+is)\s+how\b
    | 例如|比如|譬如|示例|例子|样例|格式|可以这样|像这样|假如|如果要
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LEADS_TO_TEXT = re.compile(
    r"""\b(?:schema|snippet|template|shape)\b
    | \b(?:you|one|we|it)\s*(?:should|['’]d|['’]ll\s+need\s+to)\s+(?:\w+\s+)?(?:call|use|invoke|send|write|do|look|be)\b
    | (?:\A|[.!?]\s|\n)\s*to\s+(?:call|use|invoke)\b[^:\n]{0,60}:\s*\Z
    | \b(?:json|output|answer|result|response|object)\b(?![^:：\n]*\bcall\b)[^:：\n]{0,40}[:：]\s*\Z
    | \b(?:here\s+(?:it\s+is|you\s+(?:go|are))|there\s+you\s+(?:go|are)|as\s+follows)\b[.!]?\s*:?\s*\Z
    | (?:如下|是这样的?)[:：。]?\s*\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PAST = re.compile(
    r"""\b(?:I|we)(?:['’]ve|\s+have)?(?:\s+(?:just|already|then|also))*\s+
        (?:called|used|made|sent|ran|executed|invoked|passed|tried)\b
    | \b(?:calls?|tools?|request)\s+(?:that\s+)?(?:I\s+|we\s+)?(?:used|made|sent|was|were)\b
    | \b(?:has|have|was|were)\s+(?:\w+ly\s+|just\s+|already\s+)?(?:been\s+)?
        (?:sent|called|executed|made|run|done|invoked)\b
    | 已经?(?:调用|发送|执行|运行)|(?:调用|发送|执行|运行)(?:了|过|完)|刚才
    """,
    re.IGNORECASE | re.VERBOSE,
)
_STATES = re.compile(
    r"\b(?:result|answer|sum|total|product|output)\s+(?:is|was|equals|are)\b(?!\s+(?:not|unknown|needed|the|to|in)\b)"
    r"|(?<!once )(?<!when )(?<!after )\bit\s+returns\b|\breturned\b|(?:结果|答案|总和|返回值)(?:是|为|等于)",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:again|once\s+more|retry(?:ing)?|another\s+(?:time|try))\b|再(?:次|试|查|调)|重新|重试", re.IGNORECASE
)
_NEAR_END = re.compile(r"[^.!?。！？।؟\n]{0,60}\s*\Z")
_HOLDS_BLOCK = re.compile(r"```|^[ \t]*[\[{]", re.MULTILINE)
_LEAVES_OPEN = re.compile(r"""[^.!?:;…。！？：；"'”»)\]\s]\s*\Z""")
_UNFINISHED = re.compile(r"[^.!?…。！？\s]\s*\Z")
_SENTENCE_END = re.compile(r"[.!?]\s|[。！？](?!\Z)|\n\n")


def opens_quote(tail: str) -> bool:
    """Whether a text ends in a mark behind which a quotation begins."""
    return bool(_OPENS_QUOTE.search(tail))


def introduces_text(tail: str) -> bool:
    """Whether a text's end introduces what follows as an example, a quotation, a form or a thing done.

    A sentence in which the model says what it is about to do introduces what it does, whatever its other words:
    `Now let me see what the file contains:`.
    """
    sentence = _last_sentence(tail)
    if _announces(sentence):
        return False
    if _INTRODUCES_EXAMPLE.search(tail) or _ends_in_doubt(tail):
        return True
    words = (
        _REPORTS.search(tail) or _DESCRIBES.search(sentence) or (_PAST.search(sentence) and _UNFINISHED.search(tail))
    )
    return bool(words) and not _ACTS.search(sentence)


def leaves_open(tail: str) -> bool:
    """Whether a text ends in the middle of a sentence."""
    return bool(_LEAVES_OPEN.search(tail))


def leads_on(tail: str) -> bool:
    """Whether a text ends in a colon, without that the model says what it is about to do."""
    return tail.rstrip().endswith((":", "：")) and not acts(tail)


def announces(text: str) -> bool:
    """Whether a text says that the model is about to do something."""
    return _announces(text) or bool(_ACTS.search(text))


def acts(tail: str) -> bool:
    """Whether the last sentence of a text says that the model is about to do something."""
    return announces(_last_sentence(tail))


def acts_again(tail: str) -> bool:
    """Whether the last sentence of a text says that the model is about to do something once more."""
    return acts(tail) and bool(_AGAIN.search(_last_sentence(tail)))


def doubts_block(lead: str) -> bool:
    """Whether a text before a block leaves doubt that the block is a call which is made here.

    Where its last sentence says what the model is about to do, only the words of that sentence count.
    """
    sentence = _last_sentence(lead)
    if announces(sentence):
        return _doubts(sentence)
    return (
        _doubts(lead) or any(words.search(lead) for words in (_LEADS_TO_TEXT, _PAST, _STATES)) or introduces_text(lead)
    )


def doubts_what_stood(rest: str) -> bool:
    """Whether a text after a block leaves doubt that the block was a call: it explains it, or knows its result."""
    return _doubts(rest) or any(words.search(rest) for words in (_STATES, _HOLDS_BLOCK))


def promises(rest: str) -> bool:
    """Whether a text after a block says what the model does once it has the result."""
    return bool(_PROMISES.search(rest))


def _announces(text: str) -> bool:
    return bool(_ANNOUNCES.search(text)) or says("announces", fold(text))


def _doubts(text: str) -> bool:
    return bool(_DOUBTS.search(text)) or says("doubts", fold(text))


def _ends_in_doubt(tail: str) -> bool:
    """Whether a text in another language says at its end that what follows may be an example."""
    folded = fold(tail)
    return any(_NEAR_END.match(folded, end) for end in ends_of("doubts", folded))


def _last_sentence(text: str) -> str:
    return _SENTENCE_END.split(text.strip())[-1]
