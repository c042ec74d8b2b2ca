#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The same with frames of its own over a packet socket."""
import os
import socket
import sys

from raw_packets import ip_packet, is_answered, tcp_syn

PORT = 40026
ETHERTYPE_IPV4 = 0x0800
GATEWAY = "192.0.2.82"


def gateway_mac():
    with open("/proc/self/net/arp", encoding="ascii") as table:
        for line in table:
            if line.startswith(GATEWAY + " "):
                return bytes.fromhex(line.split()[3].replace(":", ""))
    sys.exit("the gateway's address is not known")


answers = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
os.setuid(int(os.environ["EVADER_UID"]))
packets.sendto(ip_packet(sys.argv[1], tcp_syn(sys.argv[1], PORT)),
               ("internet", ETHERTYPE_IPV4, 0, 0, gateway_mac()))
sys.exit(not is_answered(answers, PORT))
