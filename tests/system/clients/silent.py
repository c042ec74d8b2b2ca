#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""silent.py ADDRESS...: connects to port 25 of each, all at once, and waits until the kernel gives up."""
import selectors
import socket
import sys

waiting = selectors.DefaultSelector()
for address in sys.argv[1:]:
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex((address, 25))
    waiting.register(connection, selectors.EVENT_WRITE)
while waiting.get_map():
    for key, _ in waiting.select():
        waiting.unregister(key.fileobj)
        key.fileobj.close()
