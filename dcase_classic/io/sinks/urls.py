"""Addresses of servers, as users give them."""

from urllib.parse import SplitResult, urlsplit

from dcase_classic.errors import ConfigError


def split_url(url: str, sink: str) -> SplitResult:
    """The parts of a URL, whose host is a name and whose port a number.

    Raises
    ------
    ConfigError
        If it is no URL; it names the sink and not the URL, which may hold a secret.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port, url.encode(), (parts.hostname or "").encode("idna")
    except ValueError as error:
        raise ConfigError(f"{sink}: not a URL; check its host and port") from error
    return parts
