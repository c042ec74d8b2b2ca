<?php
// SPDX-License-Identifier: GPL-2.0-only
// What a site's SMTP plugin does: mailer.php?host=ADDRESS&to=RECIPIENT[&tls=1][&helo=NAME][&password=WORD] hands a mail
// to a provider's port 587 with AUTH, under STARTTLS if it is to.

function ask($connection, ?string $line, string $code): void
{
    if ($line !== null) {
        fwrite($connection, "$line\r\n");
    }
    do {
        $reply = fgets($connection, 1024);
    } while ($reply !== false && isset($reply[3]) && $reply[3] === '-');
    if ($reply === false || strncmp($reply, $code, 3) !== 0) {
        exit("expected $code, got $reply");
    }
}

[$host, $to, $tls] = [$_GET['host'], $_GET['to'], $_GET['tls'] ?? 0];
$helo = $_GET['helo'] ?? 'www.shop42.example';
$password = $_GET['password'] ?? 'of-the-lab';
$context = stream_context_create(['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]]);
$connection = stream_socket_client("tcp://$host:587", $error, $message, 20, STREAM_CLIENT_CONNECT, $context);
$connection or exit($message);
ask($connection, null, '220');
ask($connection, "EHLO $helo", '250');
if ($tls) {
    ask($connection, 'STARTTLS', '220');
    stream_socket_enable_crypto($connection, true, STREAM_CRYPTO_METHOD_TLS_CLIENT) or exit('no TLS');
    ask($connection, "EHLO $helo", '250');
}
ask($connection, 'AUTH PLAIN ' . base64_encode("\0shop@provider.example\0$password"), '235');
ask($connection, 'MAIL FROM:<orders@shop42.example>', '250');
ask($connection, "RCPT TO:<$to>", '250');
ask($connection, 'DATA', '354');
ask($connection, "Subject: your order\r\nTo: <$to>\r\n\r\nThank you.\r\n.", '250');
ask($connection, 'QUIT', '221');
echo "sent by process " . getmypid() . "\n";
