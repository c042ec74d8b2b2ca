#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest, for system.t: loads the daemon's programs once under the eyes of verifier.so, then runs the system
# tests named in /tests.list one after the other, with the installed programs. Prints
#   kernel RELEASE VERSION
#   verifier PROGRAM INSTRUCTIONS BYTES
#   TEST | what the test says, and at its end: TEST ended STATUS SECONDS

# How many times as long as on a real processor a condition is waited for.
readonly patience=12 home=/usr/src/smtpwatch

load_programs() {
	printf '[watch]\nsyscall_tracepoints = yes\n[identity]\nphp_probes = yes\n[syslog]\nenabled = no\n' >/tmp/conf
	RUNTIME_DIRECTORY=/tmp/run VERIFIER_LOG=/tmp/verifier LD_PRELOAD=$home/compiled/verifier.so \
		smtpwatchd --foreground --config /tmp/conf >/tmp/out 2>&1 &
	tenths=0
	until grep -q watching /tmp/out || [ $tenths -gt 600 ]; do
		tenths=$((tenths + 1))
		sleep 0.1
	done
	kill -TERM $!
	wait $!
	sed 's/^/daemon | /' /tmp/out
	sed -n 's/^[a-z]/verifier &/p' /tmp/verifier | grep -v ' libbpf_'
}

# By a path, or busybox would take its own sed, which keeps lines back.
run_test() { # NAME
	began=$(date +%s)
	{
		tests/bounded "tests/system/$1" 2>&1
		echo $? >/tmp/status
	} | /bin/sed -u "s,^,$1 | ,"
	echo "$1 ended $(cat /tmp/status) $(($(date +%s) - began))"
}

ip link set lo up
tar -xf /stage.tar -C / && cd $home || exit
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C SMTPWATCH_PATIENCE=$patience TEST_SECONDS=1500 SMTPWATCH_OWN_MACHINE=yes
export SMTPWATCHD=/usr/sbin/smtpwatchd SMTPWATCH=/usr/bin/smtpwatch
export CC=$home/tests/vm/cc COMPILED=$home/compiled
echo "kernel $(uname -r) $(uname -v | sed -n 's/.*Debian \([^ ]*\).*/\1/p')"
load_programs
while read -r name; do
	run_test "$name"
done </tests.list
