<?php
// SPDX-License-Identifier: GPL-2.0-only
// lookup.php TIMES DOMAIN [PORT]: asks for the mail exchangers of a domain, and with a port delivers a greeting to the
// first of them. Of more TIMES than one, each domain has a number before it.

[, $times, $domain] = $argv;
if ($times > 1) {
    for ($i = 0; $i < $times; $i++) {
        getmxrr("d$i.$domain", $hosts);
    }
    exit;
}
getmxrr($domain, $hosts, $weights) or exit("no mail exchanger of $domain\n");
array_multisort($weights, $hosts);
$connection = fsockopen($hosts[0], (int)$argv[3], $error, $message, 10) or exit($message);
fgets($connection);
fwrite($connection, "EHLO shop.example\r\n");
while (($line = fgets($connection)) !== false && $line[3] === '-') {
    continue;
}
fwrite($connection, "QUIT\r\n");
fgets($connection);
