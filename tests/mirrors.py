"""A server on this machine that has records and files, and troubles that come first."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dcase_classic.io.recordings.download import Server


class Mirror:
    """What a record server answers: files by address, and troubles that come first."""

    def __init__(self):
        self.files = {}
        self.troubles = {}
        self.requests = []
        self.agents = set()
        self.takes_ranges = False
        self.n_sent = 0

    def add_record(self, number, files, licence="cc-by-4.0"):
        listing = [
            {"key": name, "checksum": f"md5:{md5_of(content)}", "size": len(content)}
            for name, content in files.items()
        ]
        record = {"metadata": {"license": {"id": licence}}, "files": listing}
        self.files[f"/api/records/{number}"] = json.dumps(record).encode()
        for name, content in files.items():
            self.files[f"/records/{number}/files/{name}"] = content

    def n_requests(self, ending):
        return sum(path.endswith(ending) for path in self.requests)


def make_handler(mirror):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            mirror.requests.append(self.path)
            mirror.agents.add(self.headers["User-Agent"])
            troubles = mirror.troubles.get(self.path, [])
            trouble = troubles.pop(0) if troubles else "none"
            content = mirror.files.get(self.path)
            if content is None or isinstance(trouble, int):
                self.send_response(404 if content is None else trouble)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if callable(trouble):
                trouble(self, content)
                self.close_connection = True
                return
            asked = self.headers["Range"] if mirror.takes_ranges else None
            if asked is None:
                self.send_response(200)
            else:
                first, n_all = int(asked.removeprefix("bytes=").removesuffix("-")), len(content)
                content = content[first:]
                self.send_response(206 if content else 416)
                self.send_header("Content-Range", f"bytes {first}-{n_all - 1}/{n_all}")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if trouble == "wrong":
                content = bytes(len(content))
            sent = content[: len(content) // 2] if trouble == "cut" else content
            mirror.n_sent += len(sent)
            self.wfile.write(sent)
            self.close_connection = True

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def serving():
    mirror = Mirror()
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(mirror))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_port}"
    mirror.server = Server(base_url=mirror.url, backoff_s=0.01)
    yield mirror
    server.shutdown()
    thread.join()
    server.server_close()


def md5_of(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def a_file(mirror, content=b"content"):
    mirror.add_record(1, {"a.zip": content})
    return md5_of(content)
