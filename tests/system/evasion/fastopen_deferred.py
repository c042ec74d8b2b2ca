#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""With TCP_FASTOPEN_CONNECT connect() sends nothing: the SYN goes with the first data, which another process writes.
Hopes that the writer is named, or nobody."""
import os
import socket
import sys

TCP_FASTOPEN_CONNECT = 30


def learn_cookie(address):
    """Without the receiver's cookie connect() would not be deferred."""
    first = socket.socket()
    first.sendto(b"EHLO server.example\r\n", socket.MSG_FASTOPEN, (address, 25))
    first.recv(3)


learn_cookie(sys.argv[1])
sender = socket.socket()
sender.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
sender.connect((sys.argv[1], 25))
writer = os.fork()
if writer == 0:
    sender.send(b"EHLO server.example\r\n")
    os._exit(sender.recv(3) != b"220")
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
