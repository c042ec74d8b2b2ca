#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs a copy of perl from shared memory, which leaves nothing on a disk, and removes the copy at once. Hopes that
# what is known about perl is not known about this one.
copy=/dev/shm/$EVADER_NAME
cp "$PERL" "$copy"
# shellcheck disable=SC2094 # the copy is removed while it runs, which is the trick
"$copy" -MIO::Socket -e '
	unlink $ARGV[1];
	print "culprit $$\n";
	my $socket = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 25) or die "connect: $!\n";
	exit(<$socket> =~ /^220/ ? 0 : 1);' "$1" "$copy"
