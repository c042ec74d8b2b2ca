#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon loads on every kernel of kernels.txt, or on $KERNEL alone, and tells of one attempt, of the PHP request
# behind another, of what that starts, of a submission, of a connection that was there before, and of what was said on one.
# Run as: prove -v tests/vm/attempt.t
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/vm/kernels.sh
source tests/vm/kernels.sh
readonly build=build/tests/vm client=/bin/connect crowd=2000 checks_per_kernel=16
tests_run=0 tests_failed=0

bail_out() {
	echo "Bail out! $*"
	exit 1
}

result() {
	tests_run=$((tests_run + 1))
	[[ $1 == ok ]] || tests_failed=$((tests_failed + 1))
	echo "$1 $tests_run - $2"
}

diagnose() { sed 's/^/# /'; }

check() {
	local name=$1
	shift
	if "$@" >/dev/null; then result ok "$name"; else result 'not ok' "$name"; fi
}

print_plan() {
	if ((${#available[@]} == 0)) && [[ ${CI-} != true ]]; then
		echo "1..0 # SKIP ${missing[0]-no kernel}"
		exit 0
	fi
	echo "1..$((${#available[@]} * checks_per_kernel + ${#missing[@]}))"
}

tell_missing() {
	local kernel
	for kernel in "${missing[@]}"; do
		if [[ ${CI-} == true ]]; then
			result 'not ok' "kernel $kernel"
		else
			result ok "kernel ${kernel%%:*} # SKIP ${kernel#*: }"
		fi
	done
}

build_client() {
	mkdir -p "$build"
	gcc -static -O2 -o "$build/connect" tests/vm/connect.c || bail_out "the client does not compile"
	gcc -O2 -rdynamic -o "$build/php" tests/system/clients/fake_php.c || bail_out "the false PHP does not compile"
	gcc -static -O2 -o "$build/crowd" tests/bench/crowd.c || bail_out "the crowd does not compile"
}

boot() {
	tools/vm --timeout 180 --kernel-log "$build/$1.kernel-log" "$1" tests/vm/attempt.guest.sh \
		build/smtpwatchd "$build/connect=$client" "$build/crowd" "$build/php=/bin/php" >"$build/$1.output" 2>"$build/$1.vm"
}

# All are counted; or nearly all, and the kernel's own statistics tell that it skipped the others.
crowd_is_counted() {
	local missed attempts
	read -r missed attempts < <(sed -n 's/^crowd: missed=\([0-9]*\) attempts=\([0-9]*\)$/\1 \2/p' "$build/$1.output")
	diagnose >&2 <<<"of $crowd connections $attempts were counted, $missed calls were skipped"
	((attempts == crowd || (attempts >= crowd * 95 / 100 && missed > 0)))
}

# A line that has all of these texts.
told() { # KERNEL TEXT...
	local lines text
	lines=$(grep '^out: ' "$build/$1.output")
	for text in "${@:2}"; do
		lines=$(grep -F -- "$text" <<<"$lines") || return
	done
}

kernel_complains() {
	grep -wE 'WARNING|BUG|Oops|Kernel panic' "$build/$1.kernel-log" ||
		grep -E 'BPF program load failed|BEGIN PROG LOAD LOG|failed to load' "$build/$1.output"
}

no_complaint() { ! kernel_complains "$1"; }

no_failed_capture() { ! grep '^err: .*captur' "$build/$1.output"; }

show_run() {
	local kernel=$1
	{
		head -c 20000 "$build/$kernel.output" "$build/$kernel.vm"
		kernel_complains "$kernel" || :
	} | tr -d '\r' | diagnose
}

check_kernel() {
	local kernel=$1 failed_before=$tests_failed output=$build/$1.output seconds=$SECONDS
	check "$kernel: the guest runs to its end" boot "$kernel"
	diagnose <<<"$kernel took $((SECONDS - seconds)) s"
	check "$kernel: a crowd of connections is counted" crowd_is_counted "$kernel"
	check "$kernel: a call that fails before TCP is told with its errno" \
		grep '^out: .*"outcome":"failed","error":101' "$output"
	check "$kernel: the daemon says that it is watching" grep '^err: .*watching' "$output"
	check "$kernel: an alert of the rule direct-to-mx" told "$kernel" '"kind":"alert"' '"id":"direct-to-mx"'
	check "$kernel: it names the user" told "$kernel" '"kind":"alert"' '"id":"1042"'
	check "$kernel: it names the executable" told "$kernel" '"kind":"alert"' "\"executable\":\"$client\""
	check "$kernel: it names the destination" told "$kernel" '"kind":"alert"' '"ip":"203.0.113.25"'
	check "$kernel: the script of a PHP" told "$kernel" '"action":"attempt"' '"executable":"/bin/php"' \
		'"path":"/var/www/innocent/index.php"' '"source":"php-request"'
	check "$kernel: what it starts inherits it" told "$kernel" '"action":"attempt"' "\"executable\":\"$client\"" \
		'"path":"/var/www/innocent/index.php"' '"inherited":true'
	check "$kernel: mail that it hands over" told "$kernel" '"action":"submission"' '"executable":"/bin/sendmail"' \
		'"path":"/var/www/innocent/index.php"'
	check "$kernel: a connection that was open before" told "$kernel" '"adopted":true' "\"executable\":\"$client\""
	check "$kernel: the capture process has nothing to complain of" no_failed_capture "$kernel"
	check "$kernel: what was said over loopback, by a process" told "$kernel" '"action":"end"' '"executable":"/bin/busybox"' \
		'"banner_code":220' '"ehlo":"guest.example.com"'
	check "$kernel: SIGTERM ends the daemon with 0" grep -x 'status: 0' "$output"
	check "$kernel: neither kernel nor verifier complains" no_complaint "$kernel"
	((tests_failed == failed_before)) || show_run "$kernel"
}

[[ -x build/smtpwatchd ]] || bail_out "build/smtpwatchd is not there: build first (make)"
fetch_kernels
print_plan
tell_missing
((${#available[@]} == 0)) || build_client
for kernel in "${available[@]}"; do
	check_kernel "$kernel"
done
((tests_failed == 0))
