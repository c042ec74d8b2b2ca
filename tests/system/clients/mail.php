<?php
// SPDX-License-Identifier: GPL-2.0-only
// mail() as a site calls it: with SUBJECT [TIMES], or as mail.php?subject=SUBJECT[&times=TIMES]. Who takes the mail is
// decided by sendmail_path. Each has its number behind the subject when there are several.

$subject = $argv[1] ?? $_GET['subject'];
$times = (int) ($argv[2] ?? $_GET['times'] ?? 1);
for ($i = 1; $i <= $times; $i++) {
    mail('victim@mx.example', $times > 1 ? "$subject-$i." : $subject, "Buy now.\r\n") or exit("mail() failed\n");
}
echo "sent by a child of process " . getmypid() . "\n";
