"""An HTTP address that every alarm is posted to as JSON."""

import json
from http.client import HTTPException, InvalidURL
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus, json_ready
from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.sink import UndeliveredError
from dcase_classic.io.sinks.urls import split_url

_TIMEOUT_S = 10.0


class Webhook:
    """Posts every alarm until the answer is one of 2xx.

    The header ``Idempotency-Key`` is the id of the message: a server that has seen it has the
    alarm already.

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
        self._opener = build_opener(_NoRedirect)

    def deliver(self, message: AlarmMessage) -> None:
        """See `Sink`."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        body = json.dumps(json_ready(message)).encode()
        request = Request(self._url, data=body, headers=headers, method="POST")  # noqa: S310 - http or https
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                answer.read(2**16)
        except HTTPError as error:
            error.close()
            raise UndeliveredError(f"{self._host} answers {error.code}") from error
        except (ValueError, InvalidURL) as error:  # they quote the header, or the URL
            raise UndeliveredError(f"{self._host}: wrong token or address") from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            raise UndeliveredError(f"{self._host} cannot be reached ({reason})") from error

    def show(self, status: MachineStatus) -> None:
        """Nothing: a hook is for alarms."""

    def close(self) -> None:
        """See `Sink`."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows nowhere: a token is for one host."""

    def redirect_request(self, *_: object) -> None:
        return None
