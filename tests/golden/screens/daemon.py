#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A daemon that is not there: answers over its socket, as smtpwatch-control(5) has it, from recorded messages.

usage: daemon.py SOCKET STREAM.jsonl     answers from a file of messages
       daemon.py SOCKET --many ROWS CHANGES   makes so many rows, and changes so many of them a second

Commands come over standard input, a line each, and are answered with "done" once they are in force:
  stream FILE   answers from another file; who has subscribed is told what is in it
  drop          closes all connections and the socket
  return        listens again
A file has messages of the daemon, a line each. A subscription gets the latest `head`, the `rows` of its grouping and
the `alert`s; `children`, `detail` and `explain` are found by what they are of.
"""

import json
import os
import select
import socket
import sys
import time

import many

ROWS_A_PAGE = 64
GREETING = {"smtpwatch": "0.1.0", "protocol": 1, "host": "web1.example"}


class Stream:
    """Messages of a file, to be found by what is asked for."""

    def __init__(self, path):
        self.head = None
        self.rows = {}
        self.alerts = []
        self.children = {}
        self.details = {}
        self.explanations = {}
        with open(path, encoding="utf-8") as file:
            for line in file:
                self.take(json.loads(line))

    def take(self, message):
        if "head" in message:
            self.head = message
        if "rows" in message:
            self.rows[message["rows"]["by"]] = message["rows"]["rows"]
        if "alert" in message:
            self.alerts.append(message)
        if "children" in message:
            self.children[message["children"]["row"]] = message
        if "detail" in message:
            self.details[message["detail"]["row"]["row"]] = message
        if "explain" in message:
            self.explanations[message["explain"]["incident"]] = message

    def picture(self, by):
        yield self.head
        rows = self.rows.get(by, [])
        for start in range(0, max(len(rows), 1), ROWS_A_PAGE):
            page = {"by": by, "revision": 1, "oldest": 0, "rows": rows[start : start + ROWS_A_PAGE]}
            if start + ROWS_A_PAGE < len(rows):
                page["more"] = True
            yield {"rows": page}

    def changes(self, by):
        yield self.head
        yield {"rows": {"by": by, "revision": 1, "oldest": 0, "rows": []}}


class Client:
    """A connection, and what it has subscribed to."""

    def __init__(self, connection):
        self.connection = connection
        self.input = b""
        self.by = None
        self.every = 1
        self.next = 0
        self.send(GREETING)

    def send(self, message):
        line = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        try:
            self.connection.sendall(line)
        except OSError:
            pass

    def answer(self, stream, request):
        kind = request.get("request")
        if kind == "subscribe":
            self.subscribe(stream, request)
            return
        found = {
            "children": lambda: stream.children.get(request["row"]),
            "detail": lambda: stream.details.get(request["row"]),
            "explain": lambda: stream.explanations.get(request["incident"]),
        }.get(kind, lambda: None)()
        answer = dict(found or {"error": {"code": "not-found", "message": "there is no such row or incident"}})
        if "id" in request:
            answer["id"] = request["id"]
        self.send(answer)

    def subscribe(self, stream, request):
        self.by = request.get("by")
        self.every = request.get("every", 1)
        self.next = time.monotonic() + self.every
        for alert in stream.alerts[: request.get("last", 0)]:
            self.send(alert)
        self.show(stream)

    def show(self, stream):
        for message in stream.picture(self.by) if self.by else ():
            self.send(message)

    def tick(self, stream):
        if not self.by or time.monotonic() < self.next:
            return
        self.next += self.every
        for message in stream.changes(self.by):
            self.send(message)


class Daemon:
    def __init__(self, path, stream):
        self.path = path
        self.stream = stream
        self.clients = {}
        self.listener = None
        self.commands = b""
        self.listen()

    def listen(self):
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen(8)

    def drop(self):
        for client in self.clients.values():
            client.connection.close()
        self.clients = {}
        self.listener.close()
        self.listener = None
        os.unlink(self.path)

    def command(self, line):
        word, _, rest = line.partition(" ")
        if word == "drop":
            self.drop()
        elif word == "return":
            self.listen()
        elif word == "stream":
            self.stream = Stream(rest)
            for client in self.clients.values():
                for alert in self.stream.alerts if client.by else ():
                    client.send(alert)
                client.show(self.stream)
        print("done", flush=True)

    def read_commands(self):
        data = os.read(0, 4096)
        if not data:
            sys.exit(0)
        *lines, self.commands = (self.commands + data).split(b"\n")
        for line in lines:
            self.command(line.decode())

    def read(self, connection):
        client = self.clients[connection]
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        if not data:
            del self.clients[connection]
            connection.close()
            return
        *lines, client.input = (client.input + data).split(b"\n")
        for line in lines:
            client.answer(self.stream, json.loads(line))

    def serve(self):
        while True:
            waiting = [0, *self.clients] + ([self.listener] if self.listener else [])
            for ready in select.select(waiting, [], [], 0.1)[0]:
                if ready == 0:
                    self.read_commands()
                elif ready is self.listener:
                    connection, _ = self.listener.accept()
                    self.clients[connection] = Client(connection)
                elif ready in self.clients:
                    self.read(ready)
            for client in self.clients.values():
                client.tick(self.stream)


def main():
    if len(sys.argv) == 3:
        stream = Stream(sys.argv[2])
    elif len(sys.argv) == 5 and sys.argv[2] == "--many":
        stream = many.Many(int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.exit(__doc__)
    daemon = Daemon(sys.argv[1], stream)
    print("done", flush=True)
    daemon.serve()


if __name__ == "__main__":
    main()
