"""The certificates that servers are believed by: the system's, or those that SSL_CERT_FILE or SSL_CERT_DIR name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import httpx2

from graph.errors import SettingsError

if TYPE_CHECKING:
    import ssl

_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""In the order in which httpx2 heeds them: the first that is set, alone."""


def tls_context() -> ssl.SSLContext:
    """What connections over TLS are made with.

    Raises:
        SettingsError: a variable names certificates that cannot be read.
    """
    try:
        return httpx2.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        variable = next((name for name in _VARIABLES if os.environ.get(name)), None)
        if variable is None:
            raise
        reason = error.strerror or str(error)
    msg = f"{variable} is {os.environ[variable]!r}, from which no certificates can be read: {reason}"
    raise SettingsError(msg, remedy=f"Set {variable} to what holds certificates as PEM, or unset it.")
