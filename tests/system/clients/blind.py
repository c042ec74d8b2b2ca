#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes the kernel side of a daemon watch no port at all, as somebody with root's rights could.

Usage: blind.py DAEMON_PID; the map is the one that the process holds under the name "ports".
"""
import ctypes
import os
import struct
import sys

SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
BPF_MAP_UPDATE_ELEM, BPF_OBJ_GET_INFO_BY_FD = 2, 15
PORTS_SIZE = 65536  # struct sw_ports
NAME_OFFSET = 24  # of struct bpf_map_info (include/uapi/linux/bpf.h)
ATTRIBUTES_SIZE = 64

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, ATTRIBUTES_SIZE)
    return libc.syscall(SYS_BPF, command, buffer, ATTRIBUTES_SIZE)


def name_of(fd):
    info = ctypes.create_string_buffer(128)
    if bpf(BPF_OBJ_GET_INFO_BY_FD, struct.pack("=IIQ", fd, len(info), ctypes.addressof(info))) != 0:
        return ""
    return info.raw[NAME_OFFSET : NAME_OFFSET + 16].split(b"\0")[0].decode()


def main():
    pid = int(sys.argv[1])
    process = libc.syscall(SYS_PIDFD_OPEN, pid, 0)
    for number in os.listdir(f"/proc/{pid}/fd"):
        if os.readlink(f"/proc/{pid}/fd/{number}") != "anon_inode:bpf-map":
            continue
        fd = libc.syscall(SYS_PIDFD_GETFD, process, int(number), 0)
        if name_of(fd) != "ports":
            continue
        key, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(PORTS_SIZE)
        where = struct.pack("=IIQQQ", fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0)
        sys.exit(bpf(BPF_MAP_UPDATE_ELEM, where) != 0)
    sys.exit("no such map")


main()
