import json
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from telling import alarm, status

from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks import webhook
from dcase_classic.io.sinks.sink import UndeliveredError
from dcase_classic.io.sinks.webhook import Webhook


@pytest.fixture
def server():
    """A server that answers what it is told to, and remembers what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            httpd.requests.append((dict(self.headers), json.loads(body)))
            answer = httpd.answers.pop(0) if httpd.answers else 200
            if answer == "garbage":
                self.wfile.write(b"no protocol at all\r\n\r\n")
                return
            if answer == 0:  # it hangs up without a word
                self.close_connection = True
                return
            self.send_response(answer)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.requests, httpd.answers = [], []
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def url(server):
    return f"http://127.0.0.1:{server.server_port}/hooks/secret-path"


def test_an_alarm_is_posted_with_its_id_and_the_token(server, url):
    sink = Webhook(url, token="open sesame")
    sink.deliver(alarm())
    sink.show(status())
    sink.close()
    ((headers, body),) = server.requests
    assert headers["Idempotency-Key"] == body["id"] == "pump-00-1-raised"
    assert headers["Authorization"] == "Bearer open sesame"
    assert body["event"] == "raised"


@pytest.mark.parametrize(
    ("name", "key"),
    [("\u043d \u00e9", "%D0%BD %C3%A9"), ("100%\n", "100%25%0A"), ("\udcff", "%3F")],
)
def test_alarms_of_machines_of_any_name_are_posted(server, url, name, key):
    Webhook(url).deliver(alarm(id=name))
    ((headers, body),) = server.requests
    assert headers["Idempotency-Key"] == key
    assert body["id"] == name


@pytest.mark.parametrize("answer", [500, 503, 404, 302, 0, "garbage"])
def test_a_server_that_does_not_take_it_is_tried_again_and_nothing_secret_is_said(
    server, url, answer
):
    server.answers = [answer]
    sink = Webhook(url, token="open sesame")
    with pytest.raises(UndeliveredError) as failure:
        sink.deliver(alarm())
    assert "secret" not in str(failure.value)
    assert "sesame" not in str(failure.value)
    sink.deliver(alarm())
    assert len(server.requests) == 2


def test_a_server_that_answers_letter_by_letter_is_hung_up_on(monkeypatch):
    monkeypatch.setattr(webhook, "_TIMEOUT_S", 0.5)

    def drip(connection):
        with connection, suppress(OSError):
            while True:  # until nobody listens
                connection.sendall(b"x")
                ended.wait(0.05)

    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread = threading.Thread(target=lambda: drip(listener.accept()[0]))
        thread.start()
        with pytest.raises(UndeliveredError, match=r"127\.0\.0\.1 cannot be reached"):
            Webhook(url).deliver(alarm())
        thread.join()


def test_a_server_that_is_not_there_is_said(server, url):
    server.shutdown()
    server.server_close()
    with pytest.raises(UndeliveredError, match="127.0.0.1 cannot be reached"):
        Webhook(url).deliver(alarm())


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http:///x",
        "x",
        "http://u:p@host/",
        "http://[/",
        "http://h:passwd/",
        "http://h/\udcff",
        f"http://{'h' * 5000}/",
    ],
)
def test_other_urls_and_passwords_in_them_are_refused(url):
    with pytest.raises(ConfigError, match="webhook: ") as refusal:
        Webhook(url)
    assert "passwd" not in str(refusal.value)


@pytest.mark.parametrize(("path", "token"), [("", "open\nsesame"), ("se same", None)])
def test_a_token_or_an_address_that_cannot_be_sent_is_said_and_not_quoted(url, path, token):
    with pytest.raises(UndeliveredError, match="127.0.0.1: wrong token or address") as failure:
        Webhook(url + path, token=token).deliver(alarm())
    assert "same" not in str(failure.value)
