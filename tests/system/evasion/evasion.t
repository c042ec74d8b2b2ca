#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who tries to deliver unseen, or under another's name, is seen, and the right culprit is named; or the table at the
# end says that the trick gets away, and why. tricks.psv lists the tricks; each is a file here.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/../lab.sh"
# shellcheck source=tests/system/mailservers.sh
source "${BASH_SOURCE[0]%/*}/../mailservers.sh"
# shellcheck source=tests/system/evasion/tricks.sh
source "${BASH_SOURCE[0]%/*}/tricks.sh"

MX_UNSEEN=198.51.100.77 # only those who get away go there; the daemon sees other labs of this machine too
MX_WIRE=$MX_ELSEWHERE   # to there go those that only the wire shows
MX_KEPT=$MX_THIRD       # and there only the one that began before
KERNEL_CANNOT=77        # a trick's exit status
TRICK_SECONDS=$((20 * ${SMTPWATCH_PATIENCE:-1})) # no trick outlives this
MANY=100                # connections of which some need not be told one by one
FIRST_UID=1300          # of the first trick; each has one of its own

# Whether the column `also` of tricks.psv is asserted.
ALSO_IS_ASSERTED=yes

SMTP=/usr/lib/postfix/sbin/smtp
BASH_PROGRAM=$(readlink -f /bin/bash)
PERL=$(readlink -f /usr/bin/perl)
PYTHON=$(readlink -f /usr/bin/python3)
SLEEP=$(readlink -f /bin/sleep)

declare -A trick_uid=() trick_status=() trick_culprits=() # by trick
report=()

# ---- Placing

# Postfix's smtp, which many tricks want to be taken for: the host's own, or one that is put in its place.
find_postfix() {
	if [[ ! -x $SMTP ]] || ! id postfix >/dev/null 2>&1; then
		place_postfix || skip_all "the tricks need a Postfix to look like: $unavailable"
	fi
	SMTP_LINK=${SMTP%/*}/sw$$-news # beside it, since a hard link cannot lead to another file system
	lab_placed+=("$SMTP_LINK")
	at_end rm -f "$SMTP_LINK"
	ln "$SMTP" "$SMTP_LINK"
}

# Gives a trick a folder of its own, which its user may write to, with its program, trick_file, in it.
place_trick() { # TRICK UID
	local source=$TRICKS/$1.built
	trick_file=$TRICKS/$1/$1
	if [[ ! -e $source ]]; then
		source=$(compgen -G "$EVASION/$1.*")
		trick_file+=.${source##*.}
	fi
	install -d -m 755 -o "$2" "$TRICKS/$1"
	install -m 755 -o "$2" "$source" "$trick_file"
}

# ---- Running

run_trick() { # TRICK AS UID ADDRESS
	local uid=$3 name=sw$$-$1
	[[ $2 != root ]] || uid=0
	place_trick "$1" "$3"
	run_client "$SERVER" "$uid" env -C "$TRICKS/$1" \
		CLIENT="$CLIENT" CLIENT32="$TRICKS/client32" PERL="$PERL" PRELOAD="$TRICKS/preload.so" \
		POSTFIX_SMTP="$SMTP" POSTFIX_UID="$(id -u postfix)" SMTP_LINK="$SMTP_LINK" RECEIVER="$4" EVADER_UID="$3" EVADER_NAME="$name" \
		PYTHONPATH="$TRICKS" PYTHONDONTWRITEBYTECODE=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		perl -e 'alarm shift; exec @ARGV or die "$!\n"' "$TRICK_SECONDS" "$trick_file" "$4"
	end_trick "$1" "$client_pid" "$client_status" "$LAB/client.out"
}

# Keeps what is to be judged. Whose call it was the trick says, where it is not the process that was started.
end_trick() { # TRICK PID STATUS OUTPUT
	trick_status[$1]=$3
	trick_culprits[$1]=$(sed -n 's/^culprit //p' "$4" | sort -nu | paste -sd ,)
	[[ -n ${trick_culprits[$1]} ]] || trick_culprits[$1]=$2
	sed '/^culprit /d' "$4" >"$TRICKS/$1.out"
}

# What a container's engine does for the trick network_namespace, once the trick says which process is in there.
give_way_out() {
	local pid network
	wait_for "$TRICK_SECONDS" grep -q '^culprit' "$LAB/client.out"
	pid=$(sed -n 's/^culprit //p' "$LAB/client.out")
	ip -n "$INTERNET" link add to-evader type veth peer name internet netns "$pid"
	ip -n "$INTERNET" address add 192.0.2.90/30 dev to-evader
	ip -n "$INTERNET" link set to-evader up
	network=(nsenter "--net=/proc/$pid/ns/net" ip)
	"${network[@]}" address add 192.0.2.89/30 dev internet
	"${network[@]}" link set internet up
	"${network[@]}" route add 203.0.113.0/24 via 192.0.2.90
}

run_network_namespace() { # TRICK AS UID ADDRESS
	: >"$LAB/client.out" # or the last trick's culprit would be found in there
	give_way_out >"$LAB/way_out" 2>&1 &
	run_trick "$@"
	wait "$!" || diagnose "no way out: $(cat "$LAB/way_out")"
}

# The trick that begins before the daemon. Its user is not yet known then; it has to be nobody's.
begin_kept_open() {
	place_trick kept_open 65532
	mkfifo "$LAB/kept_open.begin"
	(exec nsenter "--net=/run/netns/$SERVER" setpriv --reuid 65532 --regid 65532 --clear-groups "$trick_file" \
		"$MX_KEPT" <"$LAB/kept_open.begin" >"$LAB/kept_open.out" 2>&1) &
	kept_open_pid=$!
	exec 9>"$LAB/kept_open.begin"
	wait_for 10 grep -q connected "$LAB/kept_open.out"
}

run_kept_open() { # TRICK...
	local status=0
	echo >&9
	exec 9>&-
	wait "$kept_open_pid" || status=$?
	trick_uid[$1]=65532
	end_trick "$1" "$kept_open_pid" "$status" "$LAB/kept_open.out"
}

# Where the trick delivers.
receiver_of() { # TRICK VERDICT
	case $1:$2 in
	kept_open:*) echo "$MX_KEPT" ;;
	*:unseen) echo "$MX_UNSEEN" ;;
	*:no-socket | redirected:*) echo "$MX_WIRE" ;;
	short_lives:*) echo "$MX_SECOND" ;;
	*) echo "$MX" ;;
	esac
}

run_row() { # TRICK AS VERDICT...
	local run=run_trick
	trick_uid[$1]=$((FIRST_UID + ${#trick_uid[@]}))
	[[ $(type -t "run_$1") != function ]] || run=run_$1
	"$run" "$1" "$2" "${trick_uid[$1]}" "$(receiver_of "$1" "$3")"
	[[ $3 != no-socket ]] || wait_for 10 has_said "$is_attempt and .source.port == $5" || true
}

# ---- Judging

# Nobody is told of it: a kernel that is asked has no socket, and no process is named.
judge_no_socket() { # TRICK CONNECTIONS PORT RECEIVER
	local flow="$is_attempt and .source.ip == \"192.0.2.81\" and .source.port == $3"
	got="$(said "$flow" | jq -r '"\(.smtpwatch.origin) to \(.destination.ip), process \(.process.pid)"' | sort | uniq -c |
		tr -s ' '), $told_attempts attempts, raised: $(count_said \
		"$is_alert and .rule.id == \"no-socket\" and .event.action == \"raised\" and .source.ip == \"192.0.2.81\"")"
	expected=" $2 no-socket to $4, process null, 0 attempts, raised: 1"
	seen="no socket"
}

# What the daemon said of each user, a line each: uid, attempts, and the different executables, pids and destinations
# of these; the rules that fired; what the first alert of direct-to-mx says, and the counts of the last ones: what a
# script starts and what it becomes are two alerts.
sum_up() {
	jq -nrR '
		def list(field): map(field | tostring) | unique_by(tonumber? // .) | join(",");
		def to: "\(.destination.ip):\(.destination.port)";
		[inputs | fromjson? | select(.user.id)] | group_by(.user.id)[] |
		map(select(.event.kind == "event" and .event.action == "attempt")) as $attempts |
		map(select(.event.kind == "alert")) as $alerts |
		($alerts | map(select(.rule.id == "direct-to-mx"))) as $direct |
		[.[0].user.id, ($attempts | length), ($attempts | list(.process.executable)),
			($attempts | list(.process.pid)), ($attempts | list(to)), ($alerts | list(.rule.id)),
			($direct[0] | if . then "\(.process.pid) \(.process.executable) \(to)" else "nobody" end),
			($direct | group_by(.smtpwatch.script.path) | map(.[-1].smtpwatch.count) | add // 0)] | join("|")' "$DAEMON_OUT" >"$LAB/sums"
}

read_sums() { # UID
	IFS='|' read -r _ told_attempts told_executables told_pids told_receivers told_rules told_first told_count < <(
		grep "^$1|" "$LAB/sums" || echo "$1|0|||||nobody|0")
}

# Writes the names that stand for something in the column `executable` as what they stand for.
expand() { # TRICK TEXT
	local expanded=$2 name
	local -A stands_for=(
		[file]=$TRICKS/$1/$1 [dir]=$TRICKS/$1 [name]=sw$$-$1 [client]=$CLIENT [client32]=$TRICKS/client32
		[smtp]=$SMTP [link]=$SMTP_LINK [perl]=$PERL [python]=$PYTHON [bash]=$BASH_PROGRAM [sleep]=$SLEEP
		[200d]=$(printf 'd%.0s' {1..200})
	)
	for name in "${!stands_for[@]}"; do
		expanded=${expanded//"{$name}"/"${stands_for[$name]}"}
	done
	printf '%s\n' "$expanded"
}

# Of a trick's many processes the alert names one.
one_of() { # PIDS
	[[ ,$1, == *,"${told_first%% *}",* ]] || printf 'not '
	printf 'by one of them'
}

judge_alert() { # TRICK CONNECTIONS EXECUTABLE RECEIVER
	local culprits=${trick_culprits[$1]} told=$told_attempts by=$told_pids
	if [[ $2 -ge $MANY ]] && are_told_or_booked "$2" "$culprits"; then
		told=$2 by=$culprits
	fi
	got="$told of $told_executables to $told_receivers by $by, flagged: $(one_of "$culprits") ${told_first#* } $told_count"
	expected="$2 of $3 to $4:25 by $culprits, flagged: by one of them $3 $4:25 $2"
	seen=yes
	[[ $told_first != nobody ]] || seen=no
}

# A slow daemon, as the sanitized one, may miss the record of some of many. Then none but these processes are told, each
# at most once, and the books have at least as many lost as are missing; the alert counts all the same.
are_told_or_booked() { # CONNECTIONS CULPRITS
	local lost strangers
	lost=$(said '.event.action == "summary"' | jq '.smtpwatch.books | .lost_ring + .thinned')
	strangers=$(comm -23 <(tr , '\n' <<<"$told_pids" | sort) <(tr , '\n' <<<"$2" | sort) | wc -l)
	[[ $strangers -eq 0 && $told_attempts -eq $(tr , '\n' <<<"$told_pids" | wc -l) &&
		$((told_attempts + lost)) -ge $1 ]]
}

judge_trusted() { # TRICK CONNECTIONS EXECUTABLE RECEIVER
	local pid=${trick_culprits[$1]}
	got="$(last_said "$is_attempt and .process.pid == $pid" '.process.executable, .destination.ip, .smtpwatch.role'), $(
		count_said "$is_alert and .process.pid == $pid") alerts"
	expected="$3 $4 mta, 0 alerts"
	seen="as Postfix"
}

# Of what is not seen nothing is told, under no name at all.
judge_unseen() { # TRICK CONNECTIONS EXECUTABLE RECEIVER
	got="$told_attempts attempts, $(grep -cF "\"$4\"" "$DAEMON_OUT" || true) lines about the receiver"
	expected="0 attempts, 0 lines about the receiver"
	seen=no
}

# Two thousand pids are no diagnosis.
shorten() { # TEXT
	if ((${#1} < 2000)); then
		printf '%s\n' "$1"
	else
		printf '%.120s... (%s) ...%s\n' "$1" "$(cksum <<<"$1")" "${1: -120}"
	fi
}

judge_also() { # TRICK RULES
	local rule
	[[ $ALSO_IS_ASSERTED == yes ]] || return 0
	for rule in ${2//,/ }; do
		like "$1: $rule fires" ",$told_rules," ",$rule,"
	done
}

judge_row() { # TRICK AS VERDICT CONNECTIONS EXECUTABLE ALSO CULPRIT
	local got expected seen right=yes
	if [[ ${trick_status[$1]} -eq $KERNEL_CANNOT ]]; then
		skip "$1" "$(tail -n 1 "$TRICKS/$1.out")"
		report+=("$1|cannot run|-|-|$7")
		return
	fi
	[[ ${trick_status[$1]} -eq 0 ]] ||
		not_ok "$1 delivers" "exit ${trick_status[$1]}: $(cat "$TRICKS/$1.out")"
	read_sums "${trick_uid[$1]}"
	"judge_${3//-/_}" "$1" "$4" "$(expand "$1" "$5")" "$(receiver_of "$1" "$3")"
	is "$1: $7" "$(shorten "$got")" "$(shorten "$expected")"
	judge_also "$1" "$6"
	[[ $got == "$expected" ]] || right=NO
	[[ $3 == alert ]] || right=-
	report+=("$1|$seen|$right|${told_rules:--}|$7")
}

# The table that the suite is for.
print_report() {
	local row columns
	for row in 'trick|seen|culprit right|rules|who is to be named' "${report[@]}"; do
		IFS='|' read -r -a columns <<<"$row"
		printf '# %-18s | %-10s | %-13s | %-14s | %s\n' "${columns[@]}"
	done
}

need_daemon
lab_start
build_tricks
find_postfix
ip -n "$INTERNET" address add "$MX_UNSEEN/32" dev lo
start_receivers greet "$MX" 25 discard "$MX_SECOND" 25 greet "$MX_UNSEEN" 25 greet "$MX_KEPT" 25 \
	greet "$MX_WIRE" 25
begin_kept_open
write_config '[alerts]' 'cooldown = 1m'
start_daemon json
for_each_row run_row
all_is_told
stop_daemon
sum_up
for_each_row judge_row
is "traced: the tracer is told" "$(first_said "$is_alert and .user.id == \"${trick_uid[traced]}\"" \
	.smtpwatch.tracer.name)" traced
check "every line is a JSON object" only_json
check "the books balance" books_balance
print_report
tap_done
