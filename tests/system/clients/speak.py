#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""speak.py ADDRESS PORT STEP...: connects, takes the steps one after the other, and closes.

    heard       waits for something from the server
    until=FILE  waits until there is such a file
    anything else is sent as a line
"""
import os
import socket
import sys
import time

PATIENCE_S = 30


def await_file(path):
    end = time.monotonic() + PATIENCE_S
    while not os.path.exists(path):
        if time.monotonic() > end:
            sys.exit(f"{path} does not come")
        time.sleep(0.01)


def take_step(connection, step):
    word, _, value = step.partition("=")
    if step == "heard":
        if not connection.recv(65536):
            sys.exit("the server has closed")
    elif word == "until":
        await_file(value)
    else:
        connection.sendall(step.encode() + b"\r\n")


def main(address, port, *steps):
    with socket.create_connection((address, int(port)), timeout=PATIENCE_S) as connection:
        for step in steps:
            take_step(connection, step)


main(*sys.argv[1:])
