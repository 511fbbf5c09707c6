"""A cable between clients and a server that can be cut: a TCP proxy on this machine, one thread a connection."""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import struct
import threading
from collections.abc import Iterator

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER 0: the peer gets a reset, not an end
_PIECE = 16_384


class Cable:
    """Carries bytes both ways; `cut` resets connections, also in the middle of a request or of its answer."""

    def __init__(self, port: int, share_cut: float, draw: random.Random) -> None:
        """To the server on `port`; besides `cut`, each answer's first piece is lost with probability `share_cut`."""
        self._target, self._share_cut, self._draw = port, share_cut, draw
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self.cuts = 0

    @property
    def port(self) -> int:
        """Where clients connect."""
        return int(self._listener.getsockname()[1])

    def cut(self) -> int:
        """Reset every open connection now; how many."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._reset(pair)
        return len(pairs)

    def _reset(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            if pair not in self._pairs:
                return
            self._pairs.discard(pair)
            self.cuts += 1
        for end in pair:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket() as server:
            try:
                server.connect(("127.0.0.1", self._target))
            except OSError:
                return
            pair = (client, server)
            with self._lock:
                self._pairs.add(pair)
            with contextlib.suppress(OSError):
                self._shovel(pair)
            with self._lock:
                self._pairs.discard(pair)

    def _shovel(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    piece = source.recv(_PIECE)
                    if not piece:
                        return
                    if source is server and self._draw.random() < self._share_cut:
                        key.data.sendall(piece[: len(piece) // 2])  # in the middle of the answer
                        self._reset(pair)
                        return
                    key.data.sendall(piece)


@contextlib.contextmanager
def between(port: int, share_cut: float, draw: random.Random) -> Iterator[Cable]:
    """A cable to `port` for as long as the block lasts."""
    cable = Cable(port, share_cut, draw)
    thread = threading.Thread(target=cable._accept, daemon=True)
    thread.start()
    try:
        yield cable
    finally:
        cable._listener.shutdown(socket.SHUT_RDWR)
        cable._listener.close()
        thread.join()
        cable.cut()
