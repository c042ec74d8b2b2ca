# SPDX-License-Identifier: GPL-2.0-only
# Completion of smtpwatchd(8) for fish. tools/lint completion compares the words with the program's table.

set -l format text json

complete -c smtpwatchd -l config -s c -r -F -d 'read another configuration'
complete -c smtpwatchd -l foreground -s f -d 'stay in the foreground, flows and alerts to stdout'
complete -c smtpwatchd -l format -x -a "$format" -d 'what is written to stdout'
complete -c smtpwatchd -l debug -d 'say more about what the daemon does'
complete -c smtpwatchd -l check-config -d 'check the configuration and exit'
complete -c smtpwatchd -l list-mta -d 'list the programs that may deliver mail and exit'
complete -c smtpwatchd -l list-rules -d 'list the rules with their severities and exit'
complete -c smtpwatchd -l replay -r -F -d 'read a capture or recorded observations and exit'
complete -c smtpwatchd -l diff -r -F -d 'with --replay, what other rules would add and remove'
complete -c smtpwatchd -l explain -x -d 'say what an incident is and exit'
complete -c smtpwatchd -l learn -r -F -d 'propose allowances and exit'
complete -c smtpwatchd -l version -s V -d 'print the version and exit'
complete -c smtpwatchd -l help -s h -d 'print the help and exit'
