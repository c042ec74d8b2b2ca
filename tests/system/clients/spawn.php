<?php
// SPDX-License-Identifier: GPL-2.0-only
// spawn.php?how=HOW&command=COMMAND: runs a command in one of the ways that PHP has, and prints what it says.

$command = $_GET['command'];
$ways = [
    'exec' => function () use ($command) {
        exec($command, $lines);
        return implode("\n", $lines);
    },
    'shell_exec' => fn() => shell_exec("sh -c '$command; true'"), // a shell in a shell, and neither gives its place away
    'popen' => function () use ($command) {
        $pipe = popen($command, 'r');
        $text = stream_get_contents($pipe);
        pclose($pipe);
        return $text;
    },
    'proc_open' => function () use ($command) { // no shell
        $process = proc_open(explode(' ', $command), [1 => ['pipe', 'w']], $pipes);
        $text = stream_get_contents($pipes[1]);
        proc_close($process);
        return $text;
    },
    'nohup' => fn() => exec("nohup sh -c '$command' >/dev/null 2>&1 & echo \$!"), // lives on
];
echo "ran ", $ways[$_GET['how']](), "\n";
echo "sent by process ", getmypid(), "\n";
