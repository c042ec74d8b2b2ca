#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""talk.py ADDRESS[,ADDRESS]... TIMES LINE...: says these lines to port 25 of each of the addresses in turn, TIMES in all,
and waits for a reply to each. It goes on whatever is answered, and says no more than it is told to: without QUIT it
hangs up.
"""
import itertools
import socket
import sys


def hear(heard):
    line = heard.readline()
    while line[3:4] == b"-":
        line = heard.readline()


def talk(address, lines):
    with socket.create_connection((address, 25), timeout=20) as connection, connection.makefile("rb") as heard:
        hear(heard)
        for line in lines:
            connection.sendall(line.encode() + b"\r\n")
            hear(heard)


addresses, times, *words = sys.argv[1:]
for to in itertools.islice(itertools.cycle(addresses.split(",")), int(times)):
    talk(to, words)
