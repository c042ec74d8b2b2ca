# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2004,SC2034,SC2153,SC2154 # arrays by name; what is set and used here is others', too
# The load of a soak: what connects, who asks, what is configured. Sourced by tests/soak/run.
#
# A unit of load is a process of one user that makes a number of connections that is known before. Users are bare UIDs.

USERS=(61001 61002 61003 61004 61005 61006)
UNITS_MAX=8
FLOOD_MAX=3000
PESTS_MAX=6
PORTS=25,2526

# Drawn evenly: a name that stands twice is drawn twice as often.
LOADS=(connects forks forks threads flood flood open refused unanswered unreachable mail mail php)
OTHERS=(pest pest pest question question reload reload_broken rules rules_broken rotate)

declare -A units=()     # pid: "UID COUNT STATUS"; STATUS "any": one that fails has connected all the same
declare -A counted=()   # UID: connections of units that began in this life and have ended
declare -A unsure=()    # UID: of those that were under way when it began, or failed half way
declare -A all_made=()  # UID: of all lives
declare -A missed=()    # UID: made while no daemon ran, or uncounted because it was killed
declare -A pests=()     # pid: the second when it is to end
mails=0

make_receivers() {
	start_sink "$MX"
	start_receivers discard "$MX_SECOND" 25 discard "$MX_SECOND" 2526 greet "$MX_ELSEWHERE" 25 reset "$SMARTHOST" 25
}

# Starts a unit.
load() { # COUNT STATUS(0|any) COMMAND...
	local uid
	pick "${USERS[@]}"
	uid=$picked
	load_as "$uid" "$@"
}

load_as() { # UID COUNT STATUS COMMAND...
	unit_serial=$((${unit_serial:-0} + 1))
	start_in "$SERVER" "$LAB/units/$unit_serial" setpriv --reuid "$1" --regid "$1" --clear-groups "${@:4}"
	units[$started_pid]="$1 $2 $3"
	all_made[$1]=$((${all_made[$1]:-0} + $2))
}

add_counted() { # UID COUNT
	counted[$1]=$((${counted[$1]:-0} + $2))
}

add_unsure() { # UID COUNT
	unsure[$1]=$((${unsure[$1]:-0} + $2))
}

reap_units() {
	local pid uid count expected status
	for pid in "${!units[@]}"; do
		! kill -0 "$pid" 2>/dev/null || continue
		status=0
		wait "$pid" || status=$?
		read -r uid count expected <<<"${units[$pid]}"
		unset "units[$pid]"
		case $expected in
		straddled) ;;
		any) add_counted "$uid" "$count" ;;
		*)
			if [[ $status -eq 0 ]]; then
				add_counted "$uid" "$count"
			else
				note "a unit of $count connections failed with $status: not all may have been made"
				add_unsure "$uid" "$count"
			fi
			;;
		esac
	done
}

units_are_over() {
	reap_units
	[[ ${#units[@]} -eq 0 ]]
}

wait_for_units() {
	local end=$((SECONDS + 70))
	until units_are_over; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

act_connects() {
	pick "$MX_SECOND" "$MX_ELSEWHERE" "$SMARTHOST"
	load 1 0 "$CLIENT" connect "$picked" 25
	pick 25 2526
	load 1 0 "$CLIENT" connect "$MX_SECOND" "$picked"
}

act_forks() {
	chance 150
	load $((chosen + 1)) 0 "$CLIENT" forks $((chosen + 1)) "$MX_SECOND" 25
}

act_threads() {
	chance 32
	load $((chosen + 1)) 0 "$CLIENT" threads $((chosen + 1)) "$MX_SECOND" 25
}

act_flood() {
	chance "$FLOOD_MAX"
	load $((chosen + 1)) 0 "$CLIENT" flood $((chosen + 1)) "$MX_SECOND" 25
}

act_open() {
	chance 300
	load $((chosen + 1)) 0 "$CLIENT" open $((chosen + 1)) "$MX_ELSEWHERE" 25
}

act_refused() {
	load 20 any "$CLIENT" forks 20 "$MX_THIRD" 25
}

act_unanswered() {
	load 1 any "$CLIENT" connect "$UNANSWERED" 25
	load 1 any "$CLIENT" abort "$UNANSWERED" 25
}

act_unreachable() {
	load 1 any "$CLIENT" connect "$UNREACHABLE" 25
}

act_mail() {
	mails=$((mails + 1))
	load 1 any /usr/bin/python3 "$CLIENTS/send.py" "$MX" "soak-$mails"
}

act_php() {
	[[ -x /usr/bin/php ]] || return 0
	mails=$((mails + 1))
	load 1 any /usr/bin/php -n "$CLIENTS/send.php" "$MX" "soak-$mails"
}

# ---- Who asks

# A client of the control socket that stays for some seconds.
act_pest() {
	((${#pests[@]} < PESTS_MAX)) || return 0
	pick "half" "silent 4" "greedy 2000" "garbage 300" "crowd 30" "bytes" "follow alerts" "follow events" "top"
	# shellcheck disable=SC2086 # a mode and its number
	case $picked in
	follow*) start_in "$SERVER" /dev/null "$SMTPWATCH" ${picked#follow } --follow --json --socket "$LAB/run/control.sock" ;;
	top) start_in "$SERVER" /dev/null "$SMTPWATCH" top --batch --by process --socket "$LAB/run/control.sock" ;;
	*) start_in "$SERVER" /dev/null /usr/bin/python3 "$CLIENTS/control.py" "$LAB/run/control.sock" $picked ;;
	esac
	pests[$started_pid]=$((SECONDS + 2 + RANDOM % 8))
}

end_pest() { # PID
	kill -KILL "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
	unset "pests[$1]"
}

reap_pests() {
	local pid
	for pid in "${!pests[@]}"; do
		if ((SECONDS >= pests[$pid])) || ! kill -0 "$pid" 2>/dev/null; then
			end_pest "$pid"
		fi
	done
}

end_pests() {
	local pid
	for pid in "${!pests[@]}"; do
		end_pest "$pid"
	done
}

act_question() {
	pick "status" "top --batch --count 1" "alerts" "events --last 1000" "explain aaaaaa"
	# shellcheck disable=SC2086 # a command and its options
	timeout 10 "$SMTPWATCH" $picked --json --socket "$LAB/run/control.sock" >"$LAB/question" 2>&1 || true
}

# ---- What is configured

# Small tables, so that they are full, and their memory taken, before it is judged.
write_soak_config() { # LINE...: of [watch] and the sections behind it
	write_config '[kernel]' 'max_actors = 1024' 'max_flows = 4096' '[control]' 'max_rows = 500' 'max_clients = 40' \
		'[json]' "file = $LAB/flows.json" 'flows = yes' '[capture]' 'max_connections = 4096' '[rules]' 'max_keys = 1000' \
		"directory = $LAB/rules.d" '[alerts]' 'cooldown = 5s' '[watch]' 'self_test = 5s' "ports = $PORTS" "$@"
}

count_reloads() {
	grep -c -e 'was read anew' -e 'stays in force' "$DAEMON_ERR" || true
}

has_reloaded() { # TIMES
	[[ $(count_reloads) -ge $1 ]]
}

reload_and_wait() {
	local before
	before=$(count_reloads)
	kill -HUP "$daemon_pid"
	wait_for 20 has_reloaded $((before + 1)) || complain "a reload was not answered within 20 s"
}

act_reload() {
	pick 'smarthost_keep = 1h' "smarthost = $PRIVATE" 'self_test = 3s' 'smarthost_refresh = 1m'
	[[ $picked == self_test* ]] || write_soak_config "$picked"
	reload_and_wait
}

act_reload_broken() {
	pick 'prots = 25' 'ports = 70000' '[wach]' 'smarthost = 300.1.1.1'
	write_soak_config
	echo "$picked" >>"$DAEMON_CONFIG"
	reload_and_wait
	write_soak_config
}

act_rules() {
	printf '[soak]\nlistens = attempt\nseverity = notice at %d in 10m\n' $((RANDOM % 50 + 1)) >"$LAB/rules.d/soak.conf"
	reload_and_wait
}

act_rules_broken() {
	printf '[soak]\nprot = 25\n' >"$LAB/rules.d/soak.conf"
	reload_and_wait
	: >"$LAB/rules.d/soak.conf"
}

# As logrotate does. What was rotated away has whole lines, but for the one that a killed daemon had begun.
act_rotate() {
	[[ -e $LAB/flows.json ]] || return 0
	rotations=$((${rotations:-0} + 1))
	mv "$LAB/flows.json" "$LAB/flows.json.$rotations"
	kill -USR1 "$daemon_pid"
	wait_for 20 test -e "$LAB/flows.json" || complain "a file was not opened anew within 20 s"
	judge_lines "$LAB/flows.json.$rotations"
	rm "$LAB/flows.json.$rotations"
}
