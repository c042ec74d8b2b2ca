#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""receiver.py MODE ADDRESS PORT [MODE ADDRESS PORT]...: servers that do one thing each.

    discard     takes a connection and closes it
    bytes=N     sends N bytes, and closes after the client did
    bytes=N!    sends N bytes and closes its side at once; takes what the client still sends
    reset       sends one byte, waits for one, and resets the connection
    greet       sends a banner, and closes after the client did; speaks TCP Fast Open
    silent      takes what the client sends, and says nothing
    mptcp       like discard, on an MPTCP socket

Prints "ready" when all listen.
"""
import socket
import struct
import sys
import threading

IPPROTO_MPTCP = 262
TCP_FASTOPEN = 23


def drain(connection):
    while connection.recv(65536):
        pass


def discard(connection, _):
    pass


def send_bytes(connection, count):
    connection.sendall(b"r" * int(count.rstrip("!")))
    if count.endswith("!"):
        connection.shutdown(socket.SHUT_WR)
    drain(connection)


def reset(connection, _):
    connection.sendall(b"r")
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def greet(connection, _):
    connection.sendall(b"220 mx.example ESMTP\r\n")
    drain(connection)


def be_silent(connection, _):
    drain(connection)


MODES = {"discard": discard, "silent": be_silent, "bytes": send_bytes, "reset": reset, "greet": greet, "mptcp": discard}


def listen(mode, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    protocol = IPPROTO_MPTCP if mode == "mptcp" else 0
    listener = socket.socket(family, socket.SOCK_STREAM, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, int(port)))
    if mode == "greet":
        listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
    listener.listen(4096)
    return listener


def serve(listener, mode):
    name, _, value = mode.partition("=")
    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                MODES[name](connection, value)
        except OSError:
            pass  # the client is as rude as it likes


def main(words):
    for mode, address, port in zip(words[0::3], words[1::3], words[2::3]):
        listener = listen(mode, address, port)
        threading.Thread(target=serve, args=(listener, mode)).start()
    print("ready", flush=True)


main(sys.argv[1:])
