#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""reuse_pid.py ADDRESS PORT UID UID TIMES: so many times a process of the first user connects and ends, and then one of
the second user, with the same pid where nobody else takes it first. Prints how many pairs had one pid."""
import os
import socket
import sys

ATTEMPTS = 20  # at the same pid, until it is left


def connect(address, port, uid):
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    with socket.socket() as connection:
        connection.connect((address, port))


def fork(action):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action(os.getpid())
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    if status not in (0, 256 * 7):
        sys.exit(f"a process ended with {status}")
    return pid, status


def again(pid, action):
    """Another process with this pid, or with whichever the last one gets."""
    def act(own):
        if own != pid and not is_last:
            os._exit(7)
        action(own)

    for attempt in range(ATTEMPTS):
        is_last = attempt == ATTEMPTS - 1
        with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as last:
            last.write(str(pid - 1))
        got, status = fork(act)
        if status == 0:
            return got
    return 0


def main():
    address, port, first, second, times = sys.argv[1], *(int(word) for word in sys.argv[2:])
    same = 0
    for _ in range(times):
        pid, _ = fork(lambda _: connect(address, port, first))
        same += again(pid, lambda _: connect(address, port, second)) == pid
    print(same)


main()
