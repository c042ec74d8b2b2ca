<?php
// SPDX-License-Identifier: GPL-2.0-only
// hold.php?connect=FILE&until=FILE: makes the first file, for clients/idle.c, and serves this request until that has
// taken it away. Without arguments it only says who it is.

echo "sent by process " . getmypid() . "\n";
if (isset($_GET['connect'])) {
    touch($_GET['connect']);
    for ($i = 0; $i < 1000 && file_exists($_GET['connect']); $i++) {
        usleep(10000);
        clearstatcache();
    }
}
