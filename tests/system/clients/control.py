#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Clients of the control socket that misbehave: control.py SOCKET MODE [NUMBER]. Each says what became of it, a line,
and those that hold something then stay until they are killed."""
import json
import random
import select
import signal
import socket
import sys

EVERYTHING = b'{"request":"subscribe","by":"process","every":1,"alerts":true,"events":true,"last":1000}\n'


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def lines(connection):
    return connection.makefile("rb")


def say(text):
    print(text, flush=True)


def half(path, _):
    """Half a request, and then nothing."""
    connection = connect(path)
    lines(connection).readline()
    connection.sendall(b'{"request":"sta')
    say("ready")
    signal.pause()


def single_bytes(path, _):
    """A request byte by byte."""
    connection = connect(path)
    answers = lines(connection)
    answers.readline()
    for byte in b'{"request":"status","id":"bytes"}\n':
        connection.sendall(bytes([byte]))
    say(json.loads(answers.readline())["id"])


def long(path, number):
    """A line of so many bytes."""
    connection = connect(path)
    answers = lines(connection)
    answers.readline()
    try:
        for _ in range(number // 65536):
            connection.sendall(b"x" * 65536)
    except OSError:
        pass
    say(json.loads(answers.readline())["error"]["code"])
    try:
        say("closed" if answers.readline() == b"" else "open")
    except ConnectionResetError:
        say("closed")


def crowd(path, number):
    """So many at once. Whoever is refused is told why."""
    held, outcomes = [], {}
    for _ in range(number):
        try:
            connection = connect(path)
        except OSError as error:
            outcomes[error.strerror] = outcomes.get(error.strerror, 0) + 1
            continue
        greeting = lines(connection).readline()
        message = json.loads(greeting) if greeting else {"error": {"code": "closed"}}
        outcome = message["error"]["code"] if "error" in message else "greeted"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        held.append(connection)
    say(json.dumps(outcomes))
    signal.pause()


def silent(path, number):
    """So many that ask for everything and never read."""
    held = [connect(path) for _ in range(number)]
    for connection in held:
        connection.sendall(EVERYTHING)
    say("ready")
    signal.pause()


def greedy(path, number):
    """Asks for everything so many times without reading, then reads as slowly as it can for a second or so."""
    connection = connect(path)
    connection.setblocking(False)
    sent = 0
    try:
        for _ in range(number):
            sent += connection.send(b'{"request":"snapshot","by":"script"}\n{"request":"status"}\n')
    except BlockingIOError:
        pass
    say(f"sent {sent}")
    signal.pause()


def garbage(path, number):
    """So many lines that are no requests, and are each answered with an error."""
    chance = random.Random(25)
    connection = connect(path)
    answers = lines(connection)
    answers.readline()
    errors = 0
    for _ in range(number):
        line = bytes(chance.choice(b'{}[]",:0123456789abcdef\\ u\x00\xff') for _ in range(chance.randrange(1, 200)))
        connection.sendall(line + b"\n")
        errors += "error" in json.loads(answers.readline())
    say(f"{errors} errors")
    connection.sendall(b'{"request":"status","id":1}\n')
    say(json.loads(answers.readline())["id"])
    if select.select([connection], [], [], 0)[0]:
        say("and more")


MODES = {"half": half, "bytes": single_bytes, "long": long, "crowd": crowd, "silent": silent, "greedy": greedy,
         "garbage": garbage}

MODES[sys.argv[2]](sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
