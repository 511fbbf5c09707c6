"""The sandbox of outside services on a loopback port, for tests that go through the real clients."""

from __future__ import annotations

import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from rushi.integrations import aliyun
from rushi.integrations import sandbox as outside

KEY_ID, KEY_SECRET = "loopback-key", "loopback-secret"


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that timed out has gone; that is what is being tested


class Sandbox:
    """A running sandbox, its host, and what it remembers."""

    def __init__(self) -> None:
        self.state = outside.State(timeout_seconds=0.6)
        app = outside.build(key_id=KEY_ID, key_secret=KEY_SECRET, state=self.state)
        self.server = make_server("127.0.0.1", 0, app, server_class=_Threaded, handler_class=_Quiet)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def endpoint(self, service: str, secret: str = KEY_SECRET, key_id: str = KEY_ID) -> aliyun.Endpoint:
        return aliyun.Endpoint(f"http://{self.host}/{service}", key_id, secret, timeout_seconds=0.3)

    def code(self, phone: str) -> str:
        """The newest code that went to a phone."""
        return next(sms.code for sms in self.state.sent if sms.phone == phone.removeprefix("+86"))
