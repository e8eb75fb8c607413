"""The settings that `.env` and the environment give, each with the place that it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)

from graph.endpoint.base_urls import checked_base_url
from graph.errors import SettingsError, faults_of
from tools import DEFAULT as DEFAULT_TOOLS
from tools.paths import expanded

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENAI_URL = "https://api.openai.com/v1"
"""Where OpenAI itself answers; used when a key is set and no base URL is."""

PLACEHOLDER_KEY = "no-key"
"""What is sent as the key to a server that was named without one: keyless servers ignore it, the client demands one."""

NAME_A_MODEL = "Add AGENT_MODEL=… (for example gpt-5.4-mini or qwen-plus)."

DEFAULT_INSTRUCTIONS = (
    "You are a helpful assistant. Use a tool when it gives a better answer than you can give alone, and read its "
    "result before you answer. When no tool fits the question, answer directly. Answer in the user's language."
)


def _comma_list(value: object) -> object:
    if isinstance(value, str):
        pieces = value.replace("，", ",").split(",")  # the comma of a Chinese keyboard is meant too
        return tuple(piece.strip() for piece in pieces if piece.strip())
    return value


def checked_key(value: SecretStr) -> SecretStr:
    """The key, if a header can carry it.

    Raises:
        ValueError: it cannot; the key is not shown.
    """
    text = value.get_secret_value()
    if not text.isascii() or not text.isprintable() or " " in text:
        msg = "has a character that no key has (a blank, a line break, or one beyond ASCII); copy the key once more"
        raise ValueError(msg)
    return value


Key = Annotated[SecretStr, AfterValidator(checked_key)]
HttpUrl = Annotated[str, AfterValidator(checked_base_url)]
CommaList = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]
Expanded = Annotated[Path, AfterValidator(expanded)]


class Endpoint(BaseModel):
    """Where a model answers: base URL, key, model name. The key is a secret in every repr.

    Raises:
        SettingsError: a value is wrong.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    model: str = Field(min_length=1)
    base_url: HttpUrl = OPENAI_URL
    api_key: Key = SecretStr(PLACEHOLDER_KEY)

    if not TYPE_CHECKING:

        def __init__(self, **data: Any) -> None:
            try:
                super().__init__(**data)
            except ValidationError as error:
                msg = f"the endpoint is not one: {faults_of(error)}"
                raise SettingsError(msg, remedy="Endpoint(model=…, base_url=…, api_key=…) describes one.") from None

    @property
    def label(self) -> str:
        """The endpoint in words, without its key: `qwen-plus at https://…/v1`."""
        return f"{self.model} at {self.base_url}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value came from: the environment, a line (counted from 1) of a file, or an option of the command."""

    kind: Literal["environment", "file", "option"]
    variable: str
    file: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        """`.env, line 3`, `the environment` or `the command line`."""
        if self.kind == "file":
            return f"{self.file}, line {self.line}"
        return "the environment" if self.kind == "environment" else "the command line"


class Settings(BaseModel):
    """Everything that `.env` decides. Build it with `load_settings`, which knows where each value came from.

    Raises:
        SettingsError: a value is wrong, or there is no such setting.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        loc_by_alias=False,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    if not TYPE_CHECKING:

        def __init__(self, **data: Any) -> None:
            try:
                super().__init__(**data)
            except ValidationError as error:
                msg = f"the settings are refused: {faults_of(error)}"
                unknown = any(fault["type"] == "extra_forbidden" for fault in error.errors(include_input=False))
                names = f"There are {', '.join(type(self).model_fields)}."
                raise SettingsError(msg, remedy=names if unknown else "`.env.example` describes them.") from None

    api_key: Key | None = Field(None, alias="OPENAI_API_KEY", description="The endpoint's key.")
    base_url: HttpUrl | None = Field(
        None, alias="OPENAI_API_BASE", description="The endpoint's base URL; unset: OpenAI itself."
    )
    model: str | None = Field(
        None,
        alias="AGENT_MODEL",
        min_length=1,
        description="The model's name at the endpoint; without an endpoint, the path of a GGUF file.",
    )
    api: Literal["chat", "responses"] = Field(
        "chat", alias="AGENT_API", description="The wire: Chat Completions, or the Responses API by explicit choice."
    )
    instructions: str = Field(
        DEFAULT_INSTRUCTIONS, alias="AGENT_INSTRUCTIONS", description="The system message of every run."
    )
    tools: CommaList = Field(
        DEFAULT_TOOLS,
        alias="AGENT_TOOLS",
        description="The tools, by name, with commas (`portolan tools` lists them); `none` for none.",
    )
    temperature: float | None = Field(
        None, alias="AGENT_TEMPERATURE", ge=0, le=2, description="Sampling temperature; unset: the endpoint's own."
    )
    max_tokens: int = Field(4096, alias="AGENT_MAX_TOKENS", ge=1, description="The cap on one reply, in tokens.")
    max_turns: int = Field(25, alias="AGENT_MAX_TURNS", ge=1, le=1000, description="Model calls in one run, at most.")
    max_run_tokens: int | None = Field(
        None,
        alias="AGENT_MAX_RUN_TOKENS",
        ge=1,
        description=(
            "Tokens of one run, prompts and replies, after which no call is made, nor one whose prompt alone is more "
            "than is left; unset: no bound."
        ),
    )
    max_repairs: int = Field(
        2, alias="AGENT_MAX_REPAIRS", ge=0, le=10, description="How often in a row a broken reply is asked for again."
    )
    connect_timeout_s: float = Field(10.0, alias="AGENT_CONNECT_TIMEOUT", gt=0, description="Seconds to connect.")
    read_timeout_s: float = Field(
        300.0, alias="AGENT_READ_TIMEOUT", gt=0, description="Seconds to wait for a reply that is not streamed."
    )
    stream_timeout_s: float = Field(
        120.0, alias="AGENT_STREAM_TIMEOUT", gt=0, description="Seconds that a streamed reply may stand still."
    )
    max_retries: int = Field(
        3, alias="AGENT_MAX_RETRIES", ge=0, le=20, description="Further tries of a request, where they can help."
    )
    retry_time_s: float = Field(
        60.0, alias="AGENT_RETRY_TIME", ge=0, description="Seconds after which no further try is begun."
    )
    thinking: Literal["auto", "on", "off"] = Field(
        "auto", alias="AGENT_THINKING", description="The thinking switch; auto: as the endpoint has it."
    )
    recover_tool_calls: Literal["auto", "on", "off"] = Field(
        "auto",
        alias="AGENT_RECOVER_TOOL_CALLS",
        description="Recover tool calls that arrive as text; auto: where the endpoint is not known to parse them.",
    )
    profile_file: Expanded | None = Field(
        None, alias="AGENT_PROFILE_FILE", description="A TOML file of profile flags that win over what is known."
    )
    files_root: Expanded | None = Field(
        None, alias="AGENT_FILES_ROOT", description="The folder that the file tools work in."
    )
    database_url: SecretStr | None = Field(
        None, alias="AGENT_DATABASE_URL", description="The database that the SQL tools read, as a SQLAlchemy URL."
    )
    tool_max_chars: int = Field(
        8_000, alias="AGENT_TOOL_MAX_CHARS", ge=1_000, description="A tool's result is cut past this many characters."
    )
    threads_db: Expanded | None = Field(
        None, alias="AGENT_THREADS_DB", description="The SQLite file of the stored threads; unset: the data folder's."
    )
    model_cache: Expanded | None = Field(
        None, alias="AGENT_MODEL_CACHE", description="The folder for the embedded model's weights; unset: the cache's."
    )
    profile_overrides: dict[str, str] = Field(
        default_factory=dict, description="AGENT_PROFILE_<FLAG>: profile flags set one by one."
    )
    _sources: Mapping[str, Source] = PrivateAttr(default_factory=dict)

    @classmethod
    def validated(cls, data: Mapping[str, Any]) -> Self:
        """The settings of some data.

        Raises:
            ValidationError: a value is wrong; the caller knows where it came from, and says so.
        """
        made = cls.__new__(cls)
        BaseModel.__init__(made, **data)
        return made

    def with_sources(self, sources: Mapping[str, Source]) -> Self:
        """The same settings, which know where each value came from: by field, profile flags by variable."""
        copied = self.model_copy()
        copied._sources = sources  # noqa: SLF001 - of this class
        return copied

    def origin(self, field: str) -> str:
        """Where a field's value was set, to begin a complaint with: `.env, line 3: AGENT_TOOLS`."""
        source = self._sources.get(field)
        return f"{source}: {source.variable}" if source else variable_of(field)

    @property
    def embedded(self) -> bool:
        """Whether the embedded model serves, since neither a key nor a base URL is set."""
        return self.api_key is None and self.base_url is None

    def endpoint(self) -> Endpoint:
        """The endpoint that the settings name.

        Raises:
            SettingsError: the embedded model serves, or no model is named.
        """
        if self.embedded:
            msg = "the settings name no endpoint"
            raise SettingsError(msg, remedy="Set OPENAI_API_KEY or OPENAI_API_BASE, and AGENT_MODEL.")
        if self.model is None:
            msg = f"{self.origin('base_url' if self.base_url else 'api_key')} is set, but no model is named"
            raise SettingsError(msg, remedy=NAME_A_MODEL)
        return Endpoint(
            model=self.model,
            base_url=self.base_url or OPENAI_URL,
            api_key=self.api_key or SecretStr(PLACEHOLDER_KEY),
        )


def variable_of(field: str) -> str:
    """The variable that sets a field of `Settings`; a name that is no field's is a variable itself."""
    info = Settings.model_fields.get(field)
    return (info.alias if info else None) or field


def fields_by_variable() -> Mapping[str, str]:
    """The fields of `Settings` by the variable that sets them; `OPENAI_BASE_URL` is the other name of the base URL."""
    return {info.alias: name for name, info in Settings.model_fields.items() if info.alias} | {
        "OPENAI_BASE_URL": "base_url"
    }
