#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# handover.pl SENDMAIL SUBJECT: hands a mail to the local mail server, as a contact form does.
use strict;
use warnings;

my ($sendmail, $subject) = @ARGV;
open my $mail, '|-', $sendmail, '-t', '-i' or die "$sendmail: $!";
print $mail "To: victim\@mx.example\nSubject: $subject\n\nBuy now.\n";
close $mail or die "$sendmail failed: $?";
