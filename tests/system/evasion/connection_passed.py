#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""One process connects and sends the open connection to another, which speaks. Hopes that nobody knows who spoke,
and nobody does: who connected is who is named."""
import os
import socket
import sys

ours, theirs = socket.socketpair(socket.AF_UNIX)
speaker = os.fork()
if speaker == 0:
    _, numbers, _, _ = socket.recv_fds(theirs, 1, 1)
    os._exit(socket.socket(fileno=numbers[0]).recv(3) != b"220")
connection = socket.create_connection((sys.argv[1], 25))
socket.send_fds(ours, [b"x"], [connection.fileno()])
connection.close()
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
