<?php
// SPDX-License-Identifier: GPL-2.0-only
// What a compromised site runs, in its own words: dialogue.php?to=ADDRESS[&helo=NAME][&rcpts=NUMBER][&nobody=NUMBER]. So
// many recipients are known to the receiver (mx.py), so many are not.

function hear($connection): string
{
    do {
        $line = fgets($connection, 1024);
    } while ($line !== false && isset($line[3]) && $line[3] === '-');
    return $line === false ? exit("the receiver left\n") : $line;
}

$connection = fsockopen($_GET['to'], 25, $error, $message, 10) or exit($message);
$lines = ['EHLO ' . ($_GET['helo'] ?? 'shop.example'), 'MAIL FROM:<spam@shop.example>'];
for ($i = 0; $i < (int)($_GET['rcpts'] ?? 1); $i++) {
    $lines[] = "RCPT TO:<user$i@mx.example>";
}
for ($i = 0; $i < (int)($_GET['nobody'] ?? 0); $i++) {
    $lines[] = "RCPT TO:<nobody$i@mx.example>";
}
array_push($lines, 'DATA', "Subject: offer\r\n\r\nBuy now.\r\n.", 'QUIT');
hear($connection);
foreach ($lines as $line) {
    fwrite($connection, "$line\r\n");
    hear($connection);
}
echo "sent by process " . getmypid() . "\n";
