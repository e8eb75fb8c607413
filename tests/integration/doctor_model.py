"""A model that plays along with the doctor's questions, and examinations of emulated endpoints."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from graph.doctor.checks.calling import DIFFICULT
from graph.doctor.runner import Options, examine
from graph.endpoint.settings import Endpoint, Settings
from graph.testing import Call, EmulatedEndpoint, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from graph.doctor.report import Report
    from graph.testing import RecordedRequest, ScriptItem

CITIES = ("Paris", "Rome", "Oslo")
_CODE = re.compile(r"\b[0-9a-f]{8}\b")


def text_of(content: Any) -> str:
    """The text of a content, parts or not."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return content or ""


def names_of(request: RecordedRequest) -> list[str]:
    """The tools' names, on either wire."""
    return [tool.get("function", tool)["name"] for tool in request.tools]


def play_along(request: RecordedRequest) -> Reply:
    """Do what is asked, as an able model would; whether the endpoint lets it is the endpoint's matter."""
    return Reply(**{"reasoning": "I think about it.", **_said(request)})


def _said(request: RecordedRequest) -> dict[str, Any]:
    messages = request.messages
    last = messages[-1]
    if last.get("type") == "function_call_output":
        return {"text": f"It is {last['output']}."}
    asked = max((i for i, message in enumerate(messages) if message.get("role") == "user"), default=0)
    question = text_of(messages[asked].get("content"))
    if last.get("role") == "tool":
        told = " ".join(text_of(message["content"]) for message in messages[asked:] if message["role"] == "tool")
        return {"text": f"They say {told}."}
    if request.body.get("response_format", {}).get("type") in ("json_object", "json_schema"):
        return {"text": json.dumps({"city": "Lyon", "people": 520_000})}
    if request.tools and (calls := _calls(question, names_of(request))):
        return {"calls": calls}
    return {"text": _answer(request, question)}


def _answer(request: RecordedRequest, question: str) -> str:
    messages = request.messages
    parts = [part for message in messages if isinstance(message.get("content"), list) for part in message["content"]]
    if any(part.get("type") == "image_url" for part in parts):
        return "Red."
    if "Count from 1" in question and not request.tools:
        return ", ".join(map(str, range(1, 61)))
    codes = [code for message in messages for code in _CODE.findall(text_of(message.get("content")))]
    return f"OK {' '.join(codes)}".strip()


def _calls(question: str, names: list[str]) -> list[Call]:
    if "get_code" in names and "Repeat" not in question:
        return [Call("get_code", {"city": city}) for city in CITIES if city in question]
    if "get_time" in names:
        return [Call("get_time", {})]
    if "save_note" in names:
        return [Call("save_note", DIFFICULT)]
    if "save_text" in names:
        return [Call("save_text", {"text": question})]
    return []


def examine_emulated(endpoint: EmulatedEndpoint, *, settings: Settings | None = None, **options: Any) -> Report:
    """Examine an emulated endpoint, without any pause."""
    where = Endpoint(model=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key)
    settings = settings or Settings(
        base_url=endpoint.base_url, api_key=endpoint.api_key, model=endpoint.model, max_retries=0
    )
    chosen = Options(**{"full": True, "pause_s": 0.0, "sleep": lambda _: None, **options})
    return examine(where, settings, chosen)


def outcomes(report: Report) -> dict[str, str]:
    """The outcome of each check that was made."""
    return {check.name: check.outcome for check in report.checks}


def examined(provider: str, says: Callable[[RecordedRequest], ScriptItem] = play_along, **options: Any) -> Report:
    """Examine an endpoint like a provider's, changed as is given; not in full, unless that is asked for."""
    changes = {name: options.pop(name) for name in ("wire", "rules", "behaviour", "limits") if name in options}
    with EmulatedEndpoint(provider, says, **changes) as endpoint:
        return examine_emulated(endpoint, **{"full": False, **options})


def wants_one_call(request: RecordedRequest) -> bool:
    """Whether a request asks for the one call of the check of tools."""
    last = request.messages[-1]
    return bool(request.tools) and last.get("role") == "user" and "code of Paris" in str(last["content"])
