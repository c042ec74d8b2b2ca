#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""screen.py SOCKET SMTPWATCH ATTEMPTS PAUSE CLIENT ADDRESS: see tests/bench/sight."""
import fcntl
import json
import os
import pty
import random
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import termios
import time

path, program, attempts, pause, client, address = sys.argv[1:]
first_uid = random.randrange(20000, 50000)


def open_screen():
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LANG="C.UTF-8")
        os.execv(program, [program, "top", "--socket", path, "--by", "user"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
    return pid, terminal


def subscribe():
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.sendall(b'{"request":"subscribe","by":"user","every":1}\n')
    return connection


def connect_as(uid):
    subprocess.run(["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", client, "connect", address,
                    "25"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Watch:
    """What has come over the socket and to the terminal, and when."""

    def __init__(self):
        self.pid, self.terminal = open_screen()
        self.connection = subscribe()
        self.expected = []
        self.begun, self.row_at, self.screen_at = {}, {}, {}
        self.lines = self.screen = b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.terminal, selectors.EVENT_READ, self.take_screen)
        self.selector.register(self.connection, selectors.EVENT_READ, self.take_lines)

    def take_screen(self, now):
        self.screen = (self.screen + os.read(self.terminal, 65536))[-65536:]
        for uid in self.expected:
            if uid not in self.screen_at and str(uid).encode() in self.screen:
                self.screen_at[uid] = now

    def take_lines(self, now):
        self.lines += self.connection.recv(65536)
        *whole, self.lines = self.lines.split(b"\n")
        for line in whole:
            for row in json.loads(line).get("rows", {}).get("rows", []):
                if row.get("uid") in self.expected and row["uid"] not in self.row_at:
                    self.begun[row["uid"]], self.row_at[row["uid"]] = row["first"], now

    def wait(self, seconds, is_over):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not is_over():
            for key, _ in self.selector.select(max(0, end - time.monotonic())):
                key.data(time.time())

    def run(self, count, seconds):
        self.wait(3, lambda: False)
        for uid in range(first_uid, first_uid + count):
            self.expected.append(uid)
            connect_as(uid)
            self.wait(seconds, lambda: False)
        self.wait(5, lambda: len(self.screen_at) == count and len(self.row_at) == count)
        os.write(self.terminal, b"q")
        os.waitpid(self.pid, 0)


def tell(name, seen, begun):
    times = sorted(1000 * (seen[uid] - begun[uid]) for uid in seen if uid in begun)
    if not times:
        sys.exit(f"{name}: nothing was seen")
    print(f"{name:<34} {len(times):>4} {statistics.median(times):>9.1f} {max(times):>9.1f}")
    if "BENCH_RESULTS" in os.environ:  # as result() of tests/bench/figures.sh
        with open(os.environ["BENCH_RESULTS"], "a", encoding="ascii") as file:
            print(f"sight.{name.split()[-1]}.{pause}", f"{statistics.median(times):.2f}", "ms", sep="\t", file=file)


watch = Watch()
watch.run(int(attempts), float(pause))
print(f"{'an attempt every ' + pause + ' s, in ms':<34} {'n':>4} {'median':>9} {'maximum':>9}")
tell("until its row is with a client", watch.row_at, watch.begun)
tell("until it is on the screen", watch.screen_at, watch.begun)
