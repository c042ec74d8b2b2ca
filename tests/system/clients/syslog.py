#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""syslog.py SOCKET: takes syslog datagrams and prints each as a line of JSON: priority and text."""
import json
import re
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print('{"ready":true}', flush=True)
while True:
    datagram = receiver.recv(65536).decode("utf-8", "backslashreplace")
    priority, text = re.fullmatch(r"<(\d+)>(.*)", datagram, re.DOTALL).groups()
    print(json.dumps({"facility": int(priority) // 8, "severity": int(priority) % 8, "text": text}), flush=True)
