"""What a model's callbacks are told as it begins."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler


class Told(BaseCallbackHandler):
    """Keeps all of it as text."""

    def __init__(self) -> None:
        self.text = ""

    def on_chat_model_start(self, serialized: dict[str, Any], messages: Any, **more: Any) -> None:
        """Keep it."""
        self.text += f"{serialized} {messages} {more}"
