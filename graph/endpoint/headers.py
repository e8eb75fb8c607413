"""What a request's header can carry: anything else fails in the HTTP library, or passes for a lost connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from graph.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")
"""A token and a field value (https://www.rfc-editor.org/rfc/rfc9110#section-5.5), of ASCII alone."""


def checked_headers(headers: Mapping[str, Any] | None, field: str) -> dict[str, str]:
    """The headers by their names in small letters.

    Args:
        headers: what somebody set.
        field: where, to begin the complaint with.

    Raises:
        SettingsError: a name or a value that no request can carry. The value is not shown, as it may be a key.
    """
    if not headers:
        return {}
    for name, value in headers.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            fault = f"{name!r} is not the name of a header"
        elif not isinstance(value, str):
            fault = f"the value of {name!r} is of the type {type(value).__name__}, and not a string"
        elif not _VALUE.fullmatch(value):
            fault = f"the value of {name!r} has a line break, a character beyond ASCII, or a blank at an end"
        else:
            continue
        msg = f"{field}: {fault}"
        raise SettingsError(msg, remedy="Headers are names and values of printable ASCII, without line breaks.")
    return {name.lower(): value for name, value in headers.items()}
