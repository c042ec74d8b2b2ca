#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""player.py dns ADDRESS[+MILLISECONDS] NAME=TYPE:VALUE...: a resolver that knows these names, by UDP and TCP. It thinks so
long about what comes by UDP. TYPE: A, AAAA, CNAME, MX.
player.py tcp ADDRESS PORT STEP...: a server that says what it is told to, to everyone.

    S:TEXT   sends a line           C        waits for a line
    DATA     waits for a line "."   RESET    resets the connection, at once
    WAIT     waits for the client to close

Prints "ready". Both are for the captures of real clients (record.sh).
"""
import socket
import struct
import sys
import threading

import wire

TYPES = {"A": wire.A, "AAAA": wire.AAAA, "CNAME": wire.CNAME, "MX": wire.MX}


def parse_zone(words):
    zone = []
    for word in words:
        name, _, record = word.partition("=")
        kind, _, value = record.partition(":")
        if kind in ("A", "AAAA"):
            data = wire.packed(value)
        else:
            data = (struct.pack("!H", 10) if kind == "MX" else b"") + wire.dns_name(value)
        zone.append((name, TYPES[kind], data, value))
    return zone


def read_question(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels).lower(), struct.unpack_from("!H", message, at + 1)[0]


def look_up(zone, name, kind):
    """The records that answer, aliases first."""
    for owner, found, data, target in zone:
        if owner == name and found == wire.CNAME:
            return [wire.dns_record(owner, found, data)] + look_up(zone, target, kind)
    return [wire.dns_record(owner, found, data) for owner, found, data, _ in zone if owner == name and found == kind]


def answer(zone, message):
    name, kind = read_question(message)
    code = 0 if any(owner == name for owner, *_ in zone) else 3
    return wire.dns_message(struct.unpack_from("!H", message)[0], name, kind, look_up(zone, name, kind), code=code)


def resolve_by_tcp(server, zone):
    """A length stands before each message (RFC 1035 4.2.2)."""
    while True:
        with server.accept()[0] as connection, connection.makefile("rb") as heard:
            while len(size := heard.read(2)) == 2:
                reply = answer(zone, heard.read(struct.unpack("!H", size)[0]))
                connection.sendall(struct.pack("!H", len(reply)) + reply)


def resolve(address, delay, zone):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    threading.Thread(target=resolve_by_tcp, args=(socket.create_server((address, 53)), zone)).start()
    print("ready", flush=True)
    while True:
        message, client = server.recvfrom(4096)
        threading.Timer(delay, server.sendto, (answer(zone, message), client)).start()


def play(connection, steps):
    with connection, connection.makefile("rb") as heard:
        for step in steps:
            if step.startswith("S:"):
                connection.sendall(step[2:].encode() + b"\r\n")
            elif step == "C":
                heard.readline()
            elif step == "DATA":
                while heard.readline() not in (b".\r\n", b".\n", b""):
                    pass
            elif step == "WAIT":
                heard.read()
            elif step == "RESET":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve(address, port, steps):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, int(port)), family=family)
    print("ready", flush=True)
    while True:
        try:
            play(server.accept()[0], steps)
        except OSError:
            pass  # the client left


if sys.argv[1] == "dns":
    at, _, milliseconds = sys.argv[2].partition("+")
    resolve(at, int(milliseconds or 0) / 1000, parse_zone(sys.argv[3:]))
else:
    serve(sys.argv[2], sys.argv[3], sys.argv[4:])
