#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The system tests of tests.psv pass on every kernel of kernels.txt, or on $KERNEL alone, with the installed programs; what
# cannot be had there is named in absent.psv; and the verifier has no more to do than instructions.psv says.
# ALL=1 runs those that take long, too, RECORD=1 writes down what came of it, TESTS='who.t ways.t' runs these alone.
# Run as: prove -v tests/vm/system.t
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/system/tap.sh
source tests/system/tap.sh
# shellcheck source=tests/vm/kernels.sh
source tests/vm/kernels.sh
# shellcheck source=tests/vm/results.sh
source tests/vm/results.sh

readonly build=build/vm side_by_side=2
# Those that the tests need; no kernel has all of them.
readonly modules=(veth tun dummy inet_diag tcp_diag udp_diag raw_diag unix_diag af_packet_diag mptcp_diag nf_tables
	nf_conntrack_netlink
	nft_chain_nat nft_redir nft_ct nft_nat nft_masq)

tests_to_run() {
	if [[ -n ${TESTS-} ]]; then
		tr ' ' '\n' <<<"$TESTS"
	else
		table_rows tests/vm/tests.psv | awk -F'|' -v all="${ALL-}" '$2 == "always" || all { print $1 }'
	fi
}

boot() { # KERNEL
	tools/vm --root "$build/root.ext4" --memory 1536 --timeout "$guest_seconds" --kernel-log "$build/$1.kernel-log" \
		"${modules[@]/#/--module-if-any=}" "$1" tests/vm/system.guest.sh "$build/stage.tar=stage.tar" "$build/tests.list=tests.list" \
		>"$build/$1.output" 2>"$build/$1.vm" &
	local guest_pid=$! status=0
	trap 'kill "$guest_pid"' TERM
	wait "$guest_pid" || status=$?
	echo "$status" >"$build/$1.status"
}

end_guests() {
	local pids
	mapfile -t pids < <(jobs -rp)
	((${#pids[@]} == 0)) || kill "${pids[@]}"
	wait
}

# All of them, so many at a time.
boot_kernels() {
	local kernel
	for kernel in "${available[@]}"; do
		rm -f "$build/$kernel".*
		while (($(jobs -rp | wc -l) >= side_by_side)); do
			wait -n || :
		done
		boot "$kernel" &
	done
	wait
}

# ---- What came of it

ran_to_its_end() { # KERNEL
	[[ $(cat "$build/$1.status" 2>/dev/null) == 0 ]] || { tail -n 40 "$build/$1.vm" && return 1; }
}

kernel_complains() { # KERNEL
	grep -wE 'WARNING|BUG|Oops|Kernel panic' "$build/$1.kernel-log"
}

no_complaint() { ! kernel_complains "$1"; }

# The lines of a test that say what went wrong, at the most a hundred.
faults_of() { # KERNEL TEST
	sed -n "s,^$2 | ,,p" "$build/$1.output" | grep -vE '^ok|^1\.\.' | head -n 100 | sed 's/^/# /'
}

skipped_without_reason() { # KERNEL TEST
	rows_of "$1" "$build/$1.output" | sed -n "s,^$1|$2 without|,$1|,p" |
		grep -vxFf <(table_rows tests/vm/absent.psv | cut -d'|' -f1,2) || :
}

skips_all() { # KERNEL TEST
	grep -q "^$2 | 1\.\.0 # SKIP" "$build/$1.output"
}

tell_test() { # KERNEL TEST
	local seconds status without
	read -r status seconds < <(sed -n "s,^$2 ended \([0-9]*\) \([0-9]*\)\r*$,\1 \2,p" "$build/$1.output") || :
	without=$(skipped_without_reason "$1" "$2")
	if [[ ${status:-none} != 0 ]] || skips_all "$1" "$2"; then
		not_ok "$1: $2" "status: ${status:-none, it did not end}"
		faults_of "$1" "$2"
	elif [[ -n $without ]]; then
		not_ok "$1: $2" "skipped, and tests/vm/absent.psv does not say why: $without"
	else
		ok "$1: $2, in $seconds s"
	fi
}

# What has grown by more than a tenth, on the same kernel but for its point release, or is not recorded.
grown() { # KERNEL
	awk -F'|' '
		function series(release) { match(release, /^[0-9]+\.[0-9]+/); return substr(release, 1, RLENGTH) }
		/^#/ { next }
		FNR == NR { recorded[$1 "|" $3] = $4; on[$1 "|" $3] = $2; next }
		!(($1 "|" $3) in recorded) { print $3 " is not recorded: " $4; next }
		series(on[$1 "|" $3]) == series($2) && $4 > recorded[$1 "|" $3] * 1.1 {
			print $3 " takes " $4 ", recorded are " recorded[$1 "|" $3] " on " on[$1 "|" $3]
		}' tests/vm/instructions.psv <(instructions_of "$1" "$build/$1.output")
}

tell_instructions() { # KERNEL
	local name="$1: the verifier has no more to do than recorded, but for a tenth" found
	if [[ -z $(instructions_of "$1" "$build/$1.output") ]]; then
		not_ok "$name" "no program was loaded"
		return
	fi
	found=$(grown "$1")
	[[ -z $found ]] || found+=$'\n'"if that is as it has to be: RECORD=1 make vm"
	is "$name" "$found" ""
}

# Of tests that did not run stays what is recorded.
record() { # KERNEL
	local ran
	ran=$(rows_of "$1" "$build/$1.output")
	replace_rows tests/vm/instructions.psv "$1" "$(instructions_of "$1" "$build/$1.output")"
	replace_rows tests/vm/results.psv "$1" "$(sort -u <(recorded_of_others "$1" "$ran") - <<<"$ran")"
}

tell_missing() {
	local kernel
	for kernel in "${missing[@]}"; do
		skip "kernel ${kernel%%:*}" "${kernel#*: }"
	done
}

# The release is not compared: it grows by itself.
tell_record() { # KERNEL
	local ran
	ran=$(rows_of "$1" "$build/$1.output")
	is "$1: what README.md says of it is so, or: RECORD=1 make vm ALL=1" "$(sort <<<"$ran" | grep -v '|release|')" \
		"$(recorded_of_same "$1" "$ran" | sort | grep -v '|release|')"
}

tell_kernel() { # KERNEL
	local name
	check "$1: the guest runs to its end" ran_to_its_end "$1"
	check "$1: the kernel does not complain" no_complaint "$1"
	while read -r name; do
		tell_test "$1" "$name"
	done <"$build/tests.list"
	[[ -z ${RECORD-} ]] || record "$1"
	tell_instructions "$1"
	tell_record "$1"
}

((EUID == 0)) || skip_all "the guest's file system is a copy of this machine's, which root alone can make"
[[ -x build/smtpwatchd ]] || skip_all "build/smtpwatchd is not there: build first (make)"
fetch_kernels
((${#available[@]})) || skip_all "${missing[0]-no kernel}"
tests/vm/stage "$build" 2>&1 | sed 's/^/# /'
tests_to_run >"$build/tests.list"
guest_seconds=900
[[ -z ${ALL-} ]] || guest_seconds=4500
trap end_guests EXIT
trap 'exit 130' HUP INT TERM
boot_kernels
for kernel in "${available[@]}"; do
	tell_kernel "$kernel"
done
tell_missing
[[ -z ${RECORD-} ]] || tools/support -w README.md
check "README.md has the table of these results" tools/support -c README.md
tap_done
