#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Connects to a port of this host, behind which a forwarder connects to the receiver, as ssh -L, socat and HAProxy do.
Hopes that the forwarder is named, and it is."""
import os
import socket
import sys


def forward_once(listener, address):
    client, _ = listener.accept()
    with client, socket.create_connection((address, 25)) as server:
        client.sendall(server.recv(100))


listener = socket.create_server(("127.0.0.1", 0))
forwarder = os.fork()
if forwarder == 0:
    forward_once(listener, sys.argv[1])
    os._exit(0)
print("culprit", forwarder, flush=True)
sender = socket.create_connection(listener.getsockname())
sys.exit(sender.recv(3) != b"220")
