"""What flows through the graph, and what a run can be told: its context, which Studio shows as a form."""

from __future__ import annotations

import copy
import reprlib
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NotRequired,  # the `typing` one gives servers no JSON schema before Python 3.12
    cast,
)

from langchain_core.messages import AnyMessage  # noqa: TC002 - LangGraph resolves the annotations
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from typing_extensions import TypedDict

from graph.channel import MessagesChannel
from graph.errors import SettingsError, faults_of

if TYPE_CHECKING:
    from pydantic.config import JsonDict

    from graph.endpoint.settings import Settings


class Repair(TypedDict):
    """A broken reply that is asked for again.

    Attributes:
        count: how often in a row.
        turn: the id of the user's message that it belongs to, since a new one begins at nought.
        note: what the model is told, in the next request only; empty if the thread itself says it.
        spent: tokens of the replies that were taken out of the thread since the last one that stayed.
        asked: the model was asked whether a call that a reply showed was meant, which is done once.
        waited_s: seconds that were waited so far, after failures of the endpoint.
        failures: how many of the repairs were for failures of the endpoint.
        kept: the reply that the model was asked about, while it is, as `message_to_dict` has it, since what is copied
            through an API comes back as JSON; its calls run, or it is the answer.
        kept_behind: the thread that it stood behind, in short: once that was edited, the repair is over.
    """

    count: int
    turn: str | None
    note: str
    spent: NotRequired[int]  # threads of earlier releases lack it
    asked: NotRequired[bool]  # as above
    waited_s: NotRequired[float]  # as above
    failures: NotRequired[int]  # as above
    kept: NotRequired[dict[str, Any]]
    kept_behind: NotRequired[str]


class Input(TypedDict):
    """What a run takes: messages, as LangChain understands them."""

    messages: Annotated[list[AnyMessage], MessagesChannel()]


def _latest(_: Repair | None, new: Repair | None) -> Repair | None:
    return new


class State(Input, total=False):
    """The thread. `repair` is the loop's own and is not part of input or output."""

    repair: Annotated[Repair | None, _latest]  # the tasks of one step may each say that none is under way


class Output(TypedDict):
    """What a run gives: the thread's messages, the answer last."""

    messages: Annotated[list[AnyMessage], MessagesChannel()]


def _number_or_unset(schema: JsonDict) -> None:
    """Describe a number or None as a number that may be left out: a form has no field for a choice."""
    number, _null = cast("list[JsonDict]", schema.pop("anyOf"))
    schema.update(number, langgraph_nodes=["model"])
    if schema["default"] is None:
        del schema["default"]


class Context(BaseModel):
    """Settings of one run: `graph.invoke(…, context={"temperature": 0})`. What is left out is as `.env` says."""

    model_config = ConfigDict(extra="forbid")

    if not TYPE_CHECKING:

        def __init__(self, **data: Any) -> None:
            try:
                super().__init__(**data)
            except ValidationError as error:
                msg = f"the run's context is refused: {faults_of(error)}"
                raise SettingsError(msg, remedy=f"It may hold {', '.join(type(self).model_fields)}.") from None

    instructions: str = Field(
        "",
        description="The system message. It says who the assistant is and how it should act.",
        json_schema_extra={"langgraph_nodes": ["model"], "langgraph_type": "prompt"},
    )
    model: str = Field(
        "",
        description="The model's name at the endpoint that .env names; empty: AGENT_MODEL.",
        json_schema_extra={"langgraph_nodes": ["model"]},
    )
    temperature: float | None = Field(
        None,
        ge=0,
        le=2,
        description="Sampling temperature, from 0 (steady) to 2 (wild); unset: the endpoint's own.",
        json_schema_extra=_number_or_unset,
    )
    max_tokens: int = Field(
        4096, ge=1, description="The cap on one reply, in tokens.", json_schema_extra={"langgraph_nodes": ["model"]}
    )
    max_turns: int = Field(
        25,
        ge=1,
        le=1000,
        description="Model calls in one run, at most; then the run ends with an error that keeps the thread usable.",
        json_schema_extra={"langgraph_nodes": ["model"]},
    )
    max_run_tokens: int | None = Field(
        None,
        ge=1,
        description=(
            "Tokens of one run, prompts and replies, after which no call is made, nor one whose prompt alone is more "
            "than is left; unset: no bound."
        ),
        json_schema_extra=_number_or_unset,
    )
    tool_choice: Literal["auto", "none"] = Field(
        "auto",
        description="Whether the model may call tools in this run.",
        json_schema_extra={"langgraph_nodes": ["model", "tools"]},
    )


def context_type(settings: Settings, instructions: str) -> type[Context]:
    """The context with the defaults that `.env` gives, so that Studio's form shows what is in force.

    Raises:
        SettingsError: the instructions are no text.
    """
    given: Any = instructions
    if not isinstance(given, str):
        msg = f"Agent(instructions={reprlib.repr(given)}) is refused: that is no text"
        raise SettingsError(msg, remedy="Give the system message as a string.")
    defaults = {
        "instructions": instructions,
        "model": "" if settings.embedded else settings.model or "",
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "max_turns": settings.max_turns,
        "max_run_tokens": settings.max_run_tokens,
    }
    fields = {}
    for name, default in defaults.items():
        info = copy.copy(Context.model_fields[name])
        info.default = default
        fields[name] = (info.annotation, info)
    made: type[Context] = create_model("Context", __base__=Context, __doc__=Context.__doc__, **fields)  # type: ignore[call-overload] # pairs of type and field
    return made
