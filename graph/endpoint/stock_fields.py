"""The fields that ChatOpenAI hands to the SDK's client: Portolan has clients of its own, and heeds or refuses each.

Fields that are part of a request's body are none of these: they go out as ChatOpenAI writes them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import httpx2
from pydantic import SecretStr

from graph.endpoint.named_secrets import shown_headers, shown_options, shown_query
from graph.endpoint.policy import CONSTRUCTOR
from graph.endpoint.settings import PLACEHOLDER_KEY, Endpoint
from graph.endpoint.timeouts import checked_timeout
from graph.endpoint.urls import without_password
from graph.errors import SettingsError

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

    from graph.endpoint.policy import Policy

_SDK: Final = ("client", "async_client", "root_client", "root_async_client")
_HTTP: Final = {"http_client": httpx2.Client, "http_async_client": httpx2.AsyncClient}

_SHOWN: Final = {"default_headers": shown_headers, "default_query": shown_query, "model_kwargs": shown_options}

_KINDS: Final = "an httpx2.Client and an httpx2.AsyncClient"


def check_fields(model: ChatOpenAI) -> None:
    """Refuse what is wrong, and what cannot be heeded.

    Raises:
        SettingsError: the base URL or the key is none; or there is a client of the SDK, an HTTP client that is not
            httpx2's, a proxy beside one, or a field of the Responses wire that would be passed over.
    """
    key = model.openai_api_key
    Endpoint(
        model=model.model_name,
        base_url=model.openai_api_base,
        api_key=key if isinstance(key, SecretStr) else SecretStr(PLACEHOLDER_KEY),
    )
    for name in _SDK:
        if getattr(model, name) is not None:
            msg = f"{name} is not used: no request goes through the SDK"
            raise SettingsError(msg, remedy=f"Leave it out; http_client and http_async_client take {_KINDS}.")
    for name, kind in _HTTP.items():
        given = getattr(model, name)
        if given is not None and not isinstance(given, kind):
            is_ = type(given)
            msg = f"{name} is of the type {is_.__module__}.{is_.__qualname__}, and not httpx2.{kind.__name__}"
            raise SettingsError(msg, remedy=f"http_client and http_async_client take {_KINDS}.")
        if given is not None and model.openai_proxy:
            msg = f"openai_proxy and {name} are both set, and a client has proxies of its own"
            raise SettingsError(msg, remedy="Leave one of them out.")
    if model.use_previous_response_id and not model.use_responses_api:
        msg = "use_previous_response_id is set, but Chat Completions has no stored response to go on from"
        raise SettingsError(msg, remedy="Set use_responses_api=True as well, or leave it out.")
    if model.use_responses_api and model.output_version == "responses/v1":
        msg = (
            "output_version is 'responses/v1', but content is a text here on either wire, so that they can be exchanged"
        )
        raise SettingsError(msg, remedy="Leave it out, or set 'v1' for LangChain's own content blocks.")


def connections_of(model: ChatOpenAI, connect_timeout_s: float) -> dict[str, Any]:
    """How `Clients` connect and what they send beside the body; of `timeout`, each part that is set wins.

    An organisation is sent if the constructor was given it: the environment's would go to any endpoint.
    """
    timeout = _timeout(model.request_timeout)
    organisation = {"openai-organization": model.openai_organization} if model.openai_organization else {}
    return {
        "connect_timeout_s": getattr(timeout, "connect", None) or connect_timeout_s,
        "write_timeout_s": getattr(timeout, "write", None),
        "pool_timeout_s": getattr(timeout, "pool", None),
        "headers": {**organisation, **(model.default_headers or {})},
        "query": model.default_query,
        "proxy": model.openai_proxy,
        "sockets": model.http_socket_options or (),
        "given": (model.http_client, model.http_async_client),
    }


def shown_field(name: str | None, value: Any) -> Any:
    """The value of a field as it may be shown, in a repr and in what callbacks and `dumps` are given of the model."""
    if name in _SHOWN and isinstance(value, dict):
        return _SHOWN[name](value)
    return without_password(value) if name == "openai_proxy" and isinstance(value, str) else value


def policy_of(model: ChatOpenAI, policy: Policy) -> Policy:
    """The policy, with what `timeout`, `stream_chunk_timeout` and `max_retries` say; None is the policy's own."""
    timeout = _timeout(model.request_timeout)
    read_s = timeout.read if timeout else None
    pause_s = checked_timeout(model.stream_chunk_timeout, "stream_chunk_timeout")
    pause_by = "stream_chunk_timeout of ChatEndpoint" if pause_s else CONSTRUCTOR
    return replace(
        policy,
        read_timeout_s=read_s or policy.read_timeout_s,
        stream_timeout_s=pause_s or read_s or policy.stream_timeout_s,
        read_set_by=CONSTRUCTOR if read_s else policy.read_set_by,
        stream_set_by=pause_by if pause_s or read_s else policy.stream_set_by,
        set_apart=frozenset(part for part in ("write", "pool") if getattr(timeout, part, None)),
        max_retries=policy.max_retries if model.max_retries is None else model.max_retries,
    )


def _timeout(given: Any) -> Any:
    """A time-out with its four parts, in seconds; None if there is none."""
    if checked_timeout(given) is None or hasattr(given, "read"):  # a Timeout, be it httpx's or httpx2's
        return given
    return httpx2.Timeout(given)
