<?php
// SPDX-License-Identifier: GPL-2.0-only
// auth.php SECRETS ADDRESS UNTIL: what auth.py does, by AUTH LOGIN.

function hear($connection): void
{
    do {
        $line = fgets($connection, 1024);
    } while ($line !== false && isset($line[3]) && $line[3] === '-');
    $line !== false or exit("the receiver left\n");
}

[, $secrets, $to, $until] = $argv;
[$user, $password] = file($secrets, FILE_IGNORE_NEW_LINES);
$connection = fsockopen($to, 25, $error, $message, 10) or exit($message);
hear($connection);
$lines = [
    'EHLO shop.example', 'AUTH LOGIN', base64_encode($user), base64_encode($password), 'MAIL FROM:<news@shop.example>',
    'RCPT TO:<user@mx.example>', 'DATA', "Subject: news\r\n\r\nBuy now.\r\n.", 'MAIL FROM:<news@shop.example>',
    'RCPT TO:<nobody@mx.example>',
];
foreach ($lines as $line) {
    fwrite($connection, "$line\r\n");
    hear($connection);
}
while (!file_exists($until)) {
    usleep(20000);
    clearstatcache();
}
fwrite($connection, "QUIT\r\n");
hear($connection);
