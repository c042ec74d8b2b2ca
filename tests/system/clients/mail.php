<?php
// SPDX-License-Identifier: GPL-2.0-only
// mail() as a site calls it. Who connects is decided by sendmail_path.
mail('victim@mx.example', $argv[1], "Buy now.\r\n") or exit("mail() failed\n");
echo "sent by a child of process " . getmypid() . "\n";
