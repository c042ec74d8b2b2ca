#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# One program makes the socket and then becomes another, which connects it. Hopes that the first one is named.
use strict;
use warnings;
use Socket;

$^F = 255;    # what is opened stays open in the next program
socket(my $socket, AF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
my $program = <<'END';
import socket, sys
made = socket.socket(fileno=int(sys.argv[1]))
made.connect((sys.argv[2], 25))
sys.exit(made.recv(3) != b"220")
END
exec "/usr/bin/python3", "-c", $program, fileno($socket), $ARGV[0] or die "exec: $!\n";
