#!/usr/bin/env python3
"""A line with latency: delay.py LISTEN_PORT TARGET_PORT MILLISECONDS, both ports on 127.0.0.1.

Every byte arrives so many milliseconds after it was sent, each way. What is sent meanwhile travels behind it: the line
is pipelined, and it limits no throughput as long as less than QUEUE bytes are under way. Ends when its stdin does.
"""
import collections
import os
import socket
import sys
import threading
import time

PIECE = 256 * 1024
QUEUE = 32 * 1024 * 1024  # a direction of a connection; 20 ms at 1.6 GB/s


class Way:
    """One direction of one connection: a reader and a writer with a queue of pieces and their due times between."""

    def __init__(self, source, sink, delay):
        self.source, self.sink, self.delay = source, sink, delay
        self.pieces, self.size = collections.deque(), 0
        self.changed = threading.Condition()
        for work in (self.read, self.write):
            threading.Thread(target=work, daemon=True).start()

    def read(self):
        piece = b"-"
        while piece:
            try:
                piece = self.source.recv(PIECE)
            except OSError:
                piece = b""
            due = time.monotonic() + self.delay
            with self.changed:
                self.changed.wait_for(lambda: self.size < QUEUE)
                self.pieces.append((due, piece))
                self.size += len(piece)
                self.changed.notify_all()

    def write(self):
        broken = False
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.pieces)
                due, piece = self.pieces.popleft()
                self.size -= len(piece)
                self.changed.notify_all()
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            try:
                if not piece:
                    self.sink.shutdown(socket.SHUT_WR)
                elif not broken:
                    self.sink.sendall(piece)
            except OSError:
                broken = True  # the other side is gone: so are we, and what still comes is thrown away
                for end in (self.sink, self.source):
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
            if not piece:
                return


def serve(listener, port, delay):
    while True:
        near, _ = listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", port))
        except OSError:
            near.close()
            continue
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Way(near, far, delay)
        Way(far, near, delay)


def main():
    listen, port, delay = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000
    listener = socket.create_server(("127.0.0.1", listen), backlog=64)
    print("ready", flush=True)
    threading.Thread(target=serve, args=(listener, port, delay), daemon=True).start()
    sys.stdin.buffer.read()
    os._exit(0)  # the threads' connections end with us


if __name__ == "__main__":
    main()
