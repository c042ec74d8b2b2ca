#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Connects without waiting, and is at once another program, which keeps the connection. Hopes that what it became is
# named.
use strict;
use warnings;
use IO::Handle;
use Socket;

$^F = 255;    # what is opened stays open in the next program
socket(my $socket, AF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
$socket->blocking(0);
connect($socket, pack_sockaddr_in(25, inet_aton($ARGV[0]))) or $!{EINPROGRESS} or die "connect: $!\n";
my $number = fileno $socket;
exec "/usr/bin/python3", "-c", <<"END" or die "exec: $!\n";
import socket, sys
kept = socket.socket(fileno=$number)
kept.setblocking(True)
sys.exit(kept.recv(3) != b"220")
END
