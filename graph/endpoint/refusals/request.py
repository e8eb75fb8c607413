"""What a request holds, read without trust in its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

CAPS: Final = ("max_tokens", "max_completion_tokens")


def messages_of(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Its messages."""
    messages = request.get("messages")
    return [m for m in messages if isinstance(m, dict)] if isinstance(messages, list) else []


def functions_of(request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The functions of its tools."""
    tools = request.get("tools")
    tools = tools if isinstance(tools, list) else []
    return [t["function"] for t in tools if isinstance(t, dict) and isinstance(t.get("function"), dict)]


def choice_of(request: Mapping[str, Any]) -> str | None:
    """The form of the tool choice that was sent."""
    choice = request.get("tool_choice")
    if isinstance(choice, dict):
        return "named"
    return choice if choice in {"auto", "none", "required"} else None


def chosen_name(request: Mapping[str, Any]) -> str | None:
    """The function that its tool choice names."""
    choice = request.get("tool_choice")
    function = choice.get("function") if isinstance(choice, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None


def is_forced(request: Mapping[str, Any]) -> bool:
    """Whether its tool choice asks for a call; `allowed_tools` may leave that to the model."""
    choice = request.get("tool_choice")
    if not isinstance(choice, dict):
        return choice not in (None, "auto", "none")
    allowed = choice.get("allowed_tools")
    mode = (allowed if isinstance(allowed, dict) else choice).get("mode")
    return mode == "required" or isinstance(choice.get("name"), str) or chosen_name(request) is not None


def cap_of(request: Mapping[str, Any]) -> int:
    """The cap on the reply, in tokens; 0 where there is none."""
    return max((n for n in (request.get(name) for name in CAPS) if isinstance(n, int)), default=0)


def format_of(request: Mapping[str, Any]) -> str | None:
    """The type of its response format."""
    wanted = request.get("response_format")
    return str(wanted.get("type")) if isinstance(wanted, dict) else None


def roles_of(request: Mapping[str, Any]) -> list[str]:
    """The roles of its messages, in order."""
    return [str(m.get("role")) for m in messages_of(request)]


_OFF: Final[Mapping[str, tuple[Any, ...]]] = {
    "enable_thinking": (False,),
    "reasoning_effort": ("none",),
    "reasoning": ({"enabled": False}, {"effort": "none"}),
    "thinking": ({"type": "disabled"},),
}
"""Fields that keep a model from thinking, with the values that do: DashScope's, OpenAI's, OpenRouter's, DeepSeek's."""


def keeps_from_thinking(request: Mapping[str, Any]) -> list[str]:
    """The fields that are to keep the model from thinking."""
    return [name for name, values in _OFF.items() if request.get(name) in values]
