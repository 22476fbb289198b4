"""An HTTP address that every alarm is posted to as JSON."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, InvalidURL
from socket import SHUT_RDWR
from threading import Timer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from dcase_classic.alarms.messages import AlarmMessage, json_ready
from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.sink import Sink, UndeliveredError
from dcase_classic.io.sinks.urls import split_url

_TIMEOUT_S = 10.0


class Webhook(Sink):
    """Posts every alarm until the answer is one of 2xx.

    The header ``Idempotency-Key`` is the id of the message, in which what is no letter of ASCII is
    written as in a URL (``%C3%A9``): a server that has seen it has the alarm already.

    Parameters
    ----------
    url : of http or https; only its host is ever said.
    token : sent as ``Authorization: Bearer``, or None.

    Raises
    ------
    ConfigError
        If the URL is of another kind.
    """

    name = "webhook"

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = split_url(url, "webhook")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError("webhook: expected a URL of http or https")
        if parts.password is not None:
            raise ConfigError(
                "webhook: a password in a URL is seen by others", advice="use a token"
            )
        self._url, self._host, self._token = url, parts.hostname, token
        self._opener = build_opener(_NoRedirect, _HttpInTime, _HttpsInTime)

    def deliver(self, message: AlarmMessage) -> None:
        """See `Sink`."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": _ascii(message.id)}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        body = json.dumps(json_ready(message)).encode()
        request = Request(self._url, data=body, headers=headers, method="POST")  # noqa: S310 - http or https
        try:
            self._opener.open(request, timeout=_TIMEOUT_S).close()  # what it says is not needed
        except HTTPError as error:
            error.close()
            raise UndeliveredError(f"{self._host} answers {error.code}") from error
        except (ValueError, InvalidURL) as error:  # they quote the header, or the URL
            raise UndeliveredError(f"{self._host}: wrong token or address") from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            raise UndeliveredError(f"{self._host} cannot be reached ({reason})") from error


def _ascii(text: str) -> str:
    """Text as a header can have it; what can be printed in ASCII stays."""
    return "".join(
        sign if " " <= sign <= "~" and sign != "%" else quote(sign, errors="replace")
        for sign in text
    )


class _NoRedirect(HTTPRedirectHandler):
    """Follows nowhere: a token is for one host."""

    def redirect_request(self, *_: object) -> None:
        return None


class _HttpInTime(HTTPHandler):
    """Hangs up where there is no answer in time: a server may send a letter now and then."""

    def do_open(self, http_class: Any, req: Request, **options: Any) -> HTTPResponse:
        return _in_time(super().do_open, http_class, req, options)


class _HttpsInTime(HTTPSHandler):
    """The same by TLS."""

    def do_open(self, http_class: Any, req: Request, **options: Any) -> HTTPResponse:
        return _in_time(super().do_open, http_class, req, options)


def _in_time(
    do_open: Callable[..., HTTPResponse], make: Any, request: Request, options: Mapping[str, Any]
) -> HTTPResponse:
    made: list[HTTPConnection] = []

    def connection(*arguments: Any, **more: Any) -> HTTPConnection:
        made.append(make(*arguments, **more))
        return made[-1]

    timer = Timer(_TIMEOUT_S, _hang_up, [made])
    timer.start()
    try:
        return do_open(connection, request, **options)
    finally:
        timer.cancel()


def _hang_up(connections: Iterable[HTTPConnection]) -> None:
    for connection in connections:
        with suppress(OSError, AttributeError):  # it has ended meanwhile
            connection.sock.shutdown(SHUT_RDWR)
