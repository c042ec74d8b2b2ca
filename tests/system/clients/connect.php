<?php
// SPDX-License-Identifier: GPL-2.0-only
// Connects to port 25 and says no word. With ADDRESS [FIRST], or as connect.php?to=ADDRESS[&first=FIRST]. What it does
// first: `answer` gives the web server its whole answer, so that nothing waits for the script any more; `unlink` takes
// away the script's file.

$to = $argv[1] ?? $_GET['to'];
$first = $argv[2] ?? $_GET['first'] ?? '';
echo "sent by process " . getmypid() . "\n";
if ($first === 'answer') {
    fastcgi_finish_request();
}
if ($first === 'unlink') {
    unlink(__FILE__) or exit("cannot unlink\n");
    clearstatcache();
    file_exists(__FILE__); // the daemon goes by the kernel's cache of names, where this leaves that there is none
}
fclose(fsockopen($to, 25, $error, $message, 10) ?: exit($message));
