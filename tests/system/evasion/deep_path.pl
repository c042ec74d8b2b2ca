#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Lies so deep that its path is longer than PATH_MAX. Hopes that the path cannot be told.
use strict;
use warnings;

my $source = $ENV{CLIENT};
system("cp", $source, "smtp") == 0 or die "cp\n";
for (1 .. 25) {
	my $name = "d" x 200;
	mkdir $name and rename "smtp", "$name/smtp" and chdir $name or die "$name: $!\n";
}
exec "./smtp", "connect", $ARGV[0], 25 or die "exec: $!\n";
