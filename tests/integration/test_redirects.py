"""A redirect is followed where the request stays what and where it is; else it is an error that says where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.endpoint.redirects import onward
from graph.errors import RefusedRequestError
from graph.testing import EmulatedEndpoint, Raw, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

APIS = pytest.mark.parametrize("api", ["chat", "responses"])


def moved(status: int, location: str) -> Raw:
    return Raw(b"<html>Moved</html>", status=status, headers={"location": location, "content-type": "text/html"})


@APIS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_goes_to_another_host(run: Any, build: Callable[..., Any], api: str, status: int) -> None:
    route = "responses" if api == "responses" else "chat/completions"
    with EmulatedEndpoint("openai", lambda _: Reply("Stolen")) as other:
        target = f"{other.base_url}/{route}?token=secret"
        with EmulatedEndpoint("ollama", lambda _: moved(status, target)) as endpoint:
            with pytest.raises(RefusedRequestError) as caught:
                run(build(endpoint, api=api), "Hi")
            assert len(endpoint.requests) == 1
    assert not other.requests
    assert caught.value.status == status
    assert f"set OPENAI_API_BASE={other.base_url}." in str(caught.value)
    assert "token" not in str(caught.value)


def test_a_login_page_is_named_as_such(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", [moved(302, "/login")]) as endpoint:
        with pytest.raises(RefusedRequestError, match="A login page or a proxy may stand before") as caught:
            run(build(endpoint), "Hi")
        assert len(endpoint.requests) == 1
    assert caught.value.detail == "/login"


@APIS
def test_a_redirect_at_the_endpoint_itself_is_followed(run: Any, build: Callable[..., Any], api: str) -> None:
    def script(request: Any) -> Any:
        asked = len(endpoint.requests)
        return moved(307, request.path) if asked == 1 else Reply("Here.")

    with EmulatedEndpoint("ollama", script) as endpoint:
        assert run(build(endpoint, api=api), "Hi")[-1].text == "Here."
        first, second = endpoint.requests
    assert first.body == second.body


def test_redirects_in_a_circle_end(run: Any, build: Callable[..., Any]) -> None:
    with EmulatedEndpoint("openai", lambda request: moved(308, request.path)) as endpoint:
        with pytest.raises(RefusedRequestError):
            run(build(endpoint), "Hi")
        assert len(endpoint.requests) == 6


HOSTS = st.sampled_from(["a.test", "b.test", "sub.a.test", "a.test.b.test"])
SCHEMES = st.sampled_from(["http", "https"])
PORTS = st.sampled_from(["", ":80", ":443", ":8000"])


PLACES = st.tuples(SCHEMES, HOSTS, PORTS)


@given(PLACES, PLACES, st.sampled_from([301, 302, 303, 307, 308]))
def test_a_request_never_leaves_its_host_nor_becomes_less_safe(here: Any, there: Any, status: int) -> None:
    scheme, host, port = here
    other_scheme, other_host, other_port = there
    location = f"{other_scheme}://{other_host}{other_port}/v1"

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={"location": location}, request=request)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        asked = client.build_request("POST", f"{scheme}://{host}{port}/v1", headers={"authorization": "k"}, json={})
        following = onward(client.send(asked))
    if following is None:
        assert status < 307 or (scheme, host, port) != (other_scheme, other_host, other_port)
    else:
        assert (following.url.host, following.method) == (host, "POST")
        assert (scheme, other_scheme) != ("https", "http")
        assert following.headers["authorization"] == "k"
