#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# sendmail.pl ADDRESS: stands where /usr/sbin/sendmail should, takes a mail on stdin as that does, and goes
# straight to the receiver with it. The kit that PHP's sendmail_path is pointed at.
use strict;
use warnings;
use Net::SMTP;

my $smtp = Net::SMTP->new($ARGV[0], Hello => 'shop.example', Timeout => 10) or die "$ARGV[0]: $@";
$smtp->mail('spam@shop.example') && $smtp->to('victim@mx.example') && $smtp->data(<STDIN>) or die $smtp->message;
$smtp->quit;
