#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A daemon that says what a file tells it to: daemon.py SOCKET SCRIPT

SCRIPT has a JSON object a line, or an empty one, or a comment that begins with '#':

    {"greeting": MESSAGE}                       in the place of the usual one; null: none
    {"expect": {...}, "answer": [MESSAGE...]}   to each request that has these members; "times": to so many of them

Of several that fit, the first one answers. A message that is an object gets the id of the request; a text is sent as it
is. What nothing fits is answered with an error. Each request is printed, a line each.

Standard input says what happens without a request: a line is sent to all who are connected, but for "close", which ends
their connections. Its end is the daemon's.
"""
import json
import os
import selectors
import socket
import sys

GREETING = {"smtpwatch": "0.1.0", "protocol": 1, "host": "web1"}


def encode(message, request_id=None):
    if isinstance(message, str):
        return message.encode("utf-8", "surrogateescape") + b"\n"
    if request_id is not None:
        message = {**message, "id": request_id}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_script(path):
    greeting, rules = GREETING, []
    with open(path, encoding="utf-8") as script:
        for line in script:
            if not line.strip() or line.startswith("#"):
                continue
            row = json.loads(line)
            if "greeting" in row:
                greeting = row["greeting"]
            else:
                rules.append(row)
    return greeting, rules


class Daemon:
    def __init__(self, path, script):
        self.greeting, self.rules = read_script(script)
        self.clients = {}  # connection -> bytes of a request that is not whole
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        temporary = path + ".new"
        self.listener.bind(temporary)
        self.listener.listen()
        os.rename(temporary, path)  # who finds it can connect
        self.selector.register(self.listener, selectors.EVENT_READ, self.accept)
        self.selector.register(sys.stdin.fileno(), selectors.EVENT_READ, self.command)
        self.commands = b""

    def send(self, client, data):
        try:
            client.sendall(data)
        except OSError:
            self.close(client)

    def close(self, client):
        if self.clients.pop(client, None) is not None:
            self.selector.unregister(client)
            client.close()

    def accept(self):
        client = self.listener.accept()[0]
        self.clients[client] = b""
        self.selector.register(client, selectors.EVENT_READ, lambda: self.read(client))
        if self.greeting is not None:
            self.send(client, encode(self.greeting))

    def read(self, client):
        try:
            data = client.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.close(client)
            return
        *lines, self.clients[client] = (self.clients[client] + data).split(b"\n")
        for line in lines:
            print(line.decode(), flush=True)
            self.answer(client, json.loads(line))

    def answer(self, client, request):
        request_id = request.get("id")
        for rule in self.rules:
            if rule.get("times") == 0 or not rule["expect"].items() <= request.items():
                continue
            if "times" in rule:
                rule["times"] -= 1
            for message in rule["answer"]:
                self.send(client, encode(message, request_id))
            return
        error = {"code": "unknown-request", "message": "the script has no answer to this"}
        self.send(client, encode({"error": error}, request_id))

    def command(self):
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            sys.exit(0)
        *lines, self.commands = (self.commands + data).split(b"\n")
        for line in lines:
            for client in list(self.clients):
                if line == b"close":
                    self.close(client)
                else:
                    self.send(client, line + b"\n")

    def run(self):
        while True:
            for key, _ in self.selector.select():
                key.data()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    Daemon(sys.argv[1], sys.argv[2]).run()
