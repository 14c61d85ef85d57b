"""A reverse proxy that strips a prefix which the server behind it never sees, as JupyterHub and code-server do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

_NOWHERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HEAD_ENDS = b"\r\n\r\n"


@dataclass
class Proxy:
    """url: of what is behind it, prefix included. outside: paths that were asked for elsewhere on its host."""

    url: str
    outside: list[str] = field(default_factory=list)


@contextmanager
def prefix_proxy(port: int, prefix: str) -> Iterator[Proxy]:
    """Passes what lies below the prefix on to a port of this machine."""
    proxy = Proxy("")

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _pass_on(self.request, port, prefix.encode(), proxy.outside)

    with ThreadingTCPServer(("localhost", 0), Handler, bind_and_activate=False) as server:
        server.daemon_threads, server.block_on_close = True, False
        server.server_bind()
        server.server_activate()
        proxy.url = f"http://localhost:{server.server_address[1]}{prefix}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield proxy
        server.shutdown()


def _pass_on(browser: socket.socket, port: int, prefix: bytes, outside: list[str]) -> None:
    """One request and its answer, or a WebSocket for as long as it lasts."""
    head = b""
    while _HEAD_ENDS not in head:
        if not (data := browser.recv(65536)):
            return
        head += data
    method, path, rest = head.split(b" ", 2)
    if not path.startswith(prefix + b"/"):
        outside.append(path.decode())
        browser.sendall(_NOWHERE)
        return
    with socket.create_connection(("localhost", port)) as server:
        server.sendall(b" ".join([method, path.removeprefix(prefix), _once(rest)]))
        Thread(target=_pump, args=(browser, server), daemon=True).start()
        _pump(server, browser)


def _once(rest: bytes) -> bytes:
    """What follows the path, with word that no second request comes on this connection."""
    fields, _, body = rest.partition(_HEAD_ENDS)
    if b"\r\nupgrade: websocket" in fields.lower():
        return rest
    kept = [line for line in fields.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + _HEAD_ENDS + body


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
