#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""mx.py FOLDER ADDRESS PORT [ADDRESS PORT]...: receivers that hold a whole dialogue, and take what they are given.

FOLDER/ADDRESS, where there is such a file, has a line `STAGE REPLY`: then that is what the receiver there answers at
this stage of every connection. b: the banner, E: EHLO or HELO, A: the end of AUTH, M: MAIL, R: RCPT, D: the end of the
data. Who is called nobody is unknown. With FOLDER/certificate.pem they know STARTTLS, and on port 465 they speak TLS at once.

Prints "ready" when all listen.
"""
import os
import socket
import ssl
import sys
import threading


class Hangup(Exception):
    pass


class Dialogue:
    def __init__(self, connection, folder, address, port):
        self.connection, self.folder, self.refused, self.refusal = connection, folder, None, None
        self.certificate = os.path.join(folder, "certificate.pem")
        try:
            with open(os.path.join(folder, address), encoding="ascii") as file:
                self.refused, _, self.refusal = file.read().rstrip("\n").partition(" ")
        except FileNotFoundError:
            pass
        if port == 465:
            self.begin_tls()
        self.heard = self.connection.makefile("rb")

    def begin_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.connection = context.wrap_socket(self.connection, server_side=True)

    def say(self, *lines):
        self.connection.sendall("".join(line + "\r\n" for line in lines).encode())

    def answer(self, stage, *lines):
        self.say(*([self.refusal] if stage == self.refused else lines))

    def hear(self):
        line = self.heard.readline()
        if not line:
            raise Hangup
        return line.rstrip(b"\r\n").decode("utf-8", "replace")

    def greet(self, _):
        extensions = ["SIZE 52428800", "AUTH PLAIN LOGIN", "8BITMIME"]
        if os.path.exists(self.certificate) and not isinstance(self.connection, ssl.SSLSocket):
            extensions.append("STARTTLS")
        lines = ["mx.example", *extensions]
        self.answer("E", *[f"250-{line}" for line in lines[:-1]], f"250 {lines[-1]}")

    def start_tls(self, _):
        self.say("220 2.0.0 Ready")
        self.begin_tls()
        self.heard = self.connection.makefile("rb")

    def authenticate(self, words):
        challenges = {"LOGIN": ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"], "PLAIN": [""]}[words.split()[0].upper()]
        for challenge in challenges[len(words.split()) - 1 :]:
            self.say(f"334 {challenge}")
            self.hear()
        self.answer("A", "235 2.7.0 Authentication successful")

    def take_recipient(self, words):
        if "nobody" in words:
            self.say("550 5.1.1 User unknown")
        else:
            self.answer("R", "250 2.1.5 Ok")

    def take_message(self, _):
        self.say("354 End data with <CR><LF>.<CR><LF>")
        while self.hear() != ".":
            pass
        self.answer("D", "250 2.0.0 Ok: queued")

    def end(self, _):
        self.say("221 2.0.0 Bye")
        raise Hangup

    def hold(self):
        commands = {
            "EHLO": self.greet,
            "HELO": self.greet,
            "STARTTLS": self.start_tls,
            "AUTH": self.authenticate,
            "MAIL": lambda _: self.answer("M", "250 2.1.0 Ok"),
            "RCPT": self.take_recipient,
            "DATA": self.take_message,
            "RSET": lambda _: self.say("250 2.0.0 Ok"),
            "QUIT": self.end,
        }
        self.answer("b", "220 mx.example ESMTP")
        while True:
            verb, _, words = self.hear().partition(" ")
            commands.get(verb.upper(), lambda _: self.say("502 5.5.2 Command not recognized"))(words)


def hold_dialogue(connection, *place):
    dialogue = None
    try:
        with connection:
            dialogue = Dialogue(connection, *place)
            dialogue.hold()
    except (OSError, Hangup):
        pass  # the client left, or was told good-bye
    finally:
        if dialogue:
            dialogue.heard.close()
            dialogue.connection.close()


def serve(listener, *place):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=hold_dialogue, args=(connection, *place)).start()


def main(folder, places):
    for address, port in zip(places[0::2], places[1::2]):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, int(port)), family=family, backlog=4096)
        threading.Thread(target=serve, args=(listener, folder, address, int(port))).start()
    print("ready", flush=True)


main(sys.argv[1], sys.argv[2:])
