"""The conventions that carry a marker of their own, as data, each with where it is written down.

The letters in a row's evidence name what was opened, all on 2026-11-22:

- V: vLLM 0.32.0, from its wheel; `parser/x` is `vllm/parser/x.py`, any other `x` is
  `vllm/tool_parsers/x_tool_parser.py` (or `x.py`).
- S: SGLang 0.5.23, from its wheel; `x` is `sglang/srt/function_call/x_detector.py` (or `x.py`).
- L: llama.cpp, from its repository; `chat-parser` is `common/chat-parser.cpp` at 05e5139a, `chat` is `common/chat.cpp`
  at 0083bb18, a name with `.jinja` is in `models/templates/`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.endpoint.recovery import rows_headed, rows_json, rows_tags
from graph.endpoint.recovery.rows_headed import REPLY_STARTS

if TYPE_CHECKING:
    from graph.endpoint.recovery.convention import Convention

__all__ = ["CONVENTIONS", "REPLY_STARTS"]

CONVENTIONS: tuple[Convention, ...] = (*rows_tags.ROWS, *rows_headed.ROWS, *rows_json.ROWS)
