#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# send.pl ADDRESS SUBJECT: takes a mail straight to the receiver.
use strict;
use warnings;
use Net::SMTP;

my ($to, $subject) = @ARGV;
my $smtp = Net::SMTP->new($to, Hello => 'shop.example', Timeout => 10) or die "$to: $@";
$smtp->mail('spam@shop.example') && $smtp->to('victim@mx.example')
    && $smtp->data("Subject: $subject\n\nBuy now.\n") or die $smtp->message;
$smtp->quit;
