"""The JSON value of an answer, which models put into a fence, and among words."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.utils.json import parse_json_markdown


def value_of(answer: str) -> Any:
    """The value that an answer is or begins with, or that stands in its first fence: read to its own end.

    LangChain's parser finds it, but would close what is half; a reply may be so whatever its finish reason says.

    Raises:
        ValueError: there is none, or it does not come to its end.
        RecursionError: it is nested too deeply.
    """
    return parse_json_markdown(answer.strip(), parser=_whole)


def _whole(text: str) -> Any:
    """The value that a text begins with; words may follow it."""
    return json.JSONDecoder(strict=False).raw_decode(text)[0]
