#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The daemon as it is installed, within the limits of its unit: it starts, sees who connects, reads PHP's script, hears what
# is said, and says that it sees all. Nothing but what the unit opens can be written to.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"
# shellcheck source=tests/system/dialogue.sh
source "${BASH_SOURCE[0]%/*}/dialogue.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/ask.sh"

HOME_SITE=/home/sw$$-shop
HIDDEN=/tmp/sw$$-hidden
GROUP=sw$$-group
UNIT=

install_it() {
	local root=$LAB/root
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$REPOSITORY" install BUILD="${DAEMON%/*}" DESTDIR="$root" PREFIX=/usr \
		unitdir=/usr/lib/systemd/system sysusersdir=/usr/lib/sysusers.d tmpfilesdir=/usr/lib/tmpfiles.d
	UNIT=$root/usr/lib/systemd/system/smtpwatchd.service
	INSTALLED=$root/usr/sbin/smtpwatchd
	SMTPWATCH=$root/usr/bin/smtpwatch
	# As an administrator does who has another group.
	groupadd "$GROUP"
	at_end groupdel "$GROUP"
	lab_names+=("$GROUP")
	sed -i "s/^SupplementaryGroups=.*/SupplementaryGroups=$GROUP/" "$UNIT"
}

# In place of dialogue.sh's: it is no child of the daemon's. One that was let go of and is stopped is none any more.
capture_pid() {
	local pid
	for pid in $(ip netns pids "$SERVER"); do
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) != smtpw-capture ]] || grep -q '^State:.T' "/proc/$pid/status" || echo "$pid"
	done | grep .
}

# In place of daemon.sh's: the installed one, confined.
run_daemon() { # OPTION...
	exec >"$DAEMON_OUT" 2>"$DAEMON_ERR" </dev/null
	exec nsenter --net="/run/netns/$SERVER" "$SYSTEM_TESTS/confine/confine.py" "$UNIT" "$INSTALLED" --foreground "$@"
}

# What the daemon sees at a path.
inside() { # PATH
	echo "/proc/$daemon_pid/root$1"
}

ask() { # SUBCOMMAND OPTION...
	"$SMTPWATCH" "$@" --socket "$(inside /run/smtpwatch/control.sock)"
}

# A site in a home that only its user can enter, and a program where everybody may write.
place_files() {
	lab_placed+=("$HOME_SITE" "$HIDDEN")
	at_end rm -rf "$HOME_SITE" "$HIDDEN"
	install -d -o 1501 -g 1501 -m 700 "$HOME_SITE"
	install -d -o 1501 -g 1501 -m 700 "$HOME_SITE/public_html"
	SHOP=$HOME_SITE/public_html
	install -m 644 "$CLIENTS/dialogue.php" "$SHOP/dialogue.php"
	install -m 755 "$CLIENT" "$HIDDEN"
}

test_start() {
	if ! start_daemon json; then
		not_ok "it starts within the limits of its unit" "$(cat "$DAEMON_ERR")"
		return 1
	fi
	ok "it starts within the limits of its unit"
	is "what it says is no complaint" "$(grep -vE 'watching ports' "$DAEMON_ERR" || :)" ''
	is "its folders" "$(cd "$(inside /)" && stat -c '%n %a' run/smtpwatch var/lib/smtpwatch var/log/smtpwatch | xargs)" \
		'run/smtpwatch 755 var/lib/smtpwatch 700 var/log/smtpwatch 750'
	is "it has no other capabilities than the unit's" "$(unit_lacks)" ''
	is "and cannot get new ones, nor call what it likes" \
		"$(grep -E '^(NoNewPrivs|Seccomp):' "/proc/$daemon_pid/status" | tr -s '\t ' ' ' | xargs)" 'NoNewPrivs: 1 Seccomp: 2'
	is "the control socket is its group's" "$(stat -c '%G %a' "$(inside /run/smtpwatch/control.sock)")" "$GROUP 660"
	is "there is no launcher" "$(pgrep -P "$daemon_pid" -x smtpw-launcher || :)" ''
	check "the capture process was started by the socket's service" capture_pid
	is "and has nothing" "$(grep -E '^(Uid|Groups|Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' "/proc/$(capture_pid)/status" |
		tr -s '\t ' ' ' | xargs)" "Uid: 65520 65520 65520 65520 Groups: $(for set in Inh Prm Eff Bnd Amb; do
		echo "Cap$set: 0000000000000000"
	done | xargs) NoNewPrivs: 1 Seccomp: 2"
	is "homes and the host's /tmp are not there for it" \
		"$(find "$(inside /home)" "$(inside /tmp)" -name "sw$$*" 2>/dev/null)" ''
}

# Capabilities that the process has and the unit does not give.
unit_lacks() {
	local effective
	effective=$(capsh --decode="$(sed -n 's/^CapEff:\t//p' "/proc/$daemon_pid/status")" | sed 's/.*=//' | tr ',' '\n')
	grep -vxF -f <(sed -n 's/^CapabilityBoundingSet=//p' "$UNIT" | tr 'A-Z ' 'a-z\n') <<<"$effective" | xargs || :
}

test_script() {
	local pid
	start_fpm shop 1501 "$PHP_FPM"
	pid=$(ask_fpm shop /dialogue.php "to=$MX&rcpts=2&nobody=1" | answering_pid)
	is "PHP's request of a site in a closed home is read" "$(first_said "$is_alert and .process.pid == ${pid:-0}" \
		'.rule.id, .user.id, .smtpwatch.script.path, .smtpwatch.script.source, .smtpwatch.site')" \
		"direct-to-mx 1501 $SHOP/dialogue.php php-request ${HOME_SITE##*/}"
	is "and what it says is heard" "$(first_said "$is_end and .process.pid == ${pid:-0}" \
		'.smtpwatch.dialogue | .ehlo, .mail_domain, .rcpt_count, .accepted')" 'shop.example shop.example 3 1'
}

test_hidden() {
	run_client "$SERVER" 1502 "$HIDDEN" abort "$MX" 25
	is "a program in the host's /tmp is told of" "$(first_said "$is_alert and .rule.id == \"hidden-executable\"" \
		'.user.id, .process.executable')" "1502 $HIDDEN"
}

# What it is to write down lies in its own folders.
test_files() {
	check "alerts are in the file of [json]" wait_for 10 grep -q direct-to-mx "$(inside /var/log/smtpwatch/alerts.jsonl)"
	is "with its mode" "$(stat -c %a "$(inside /var/log/smtpwatch/alerts.jsonl)")" 600
	check "observations in that of [record]" wait_for 10 test -s "$(inside /var/lib/smtpwatch/observations.jsonl)"
	check "and packets as evidence" wait_for 10 has_evidence
	is "nothing can be written elsewhere" "$(touch "$(inside /etc)/sw$$" "$(inside /usr)/sw$$" 2>&1 | grep -c 'Read-only')" 2
}

has_evidence() {
	[[ -n $(find "$(inside /var/lib/smtpwatch/evidence)" -name '*.pcap' -size +0) ]]
}

test_health() {
	local capture
	check "the test of itself comes back" wait_for 20 self_test_is_over
	asked "status: all is seen" 0 ask status
	capture=$(capture_pid)
	kill -KILL "$capture"
	check "a capture process that was killed comes again" wait_for 20 has_other_capture "$capture"
	check "and what was missed is the log's to say" grep -q "the capture process ended; the service manager's log" "$DAEMON_ERR"
	kill -HUP "$daemon_pid"
	check "it reads its configuration anew" wait_for 10 grep -q 'read anew' "$DAEMON_ERR"
}

self_test_is_over() {
	ask status --json | jq -e '(.status // .).checks[] | select(.name == "self-test") | .state == "ok" and
		(.text | contains("not over") | not)'
}

no_capture() {
	! capture_pid
}

has_other_capture() { # PID
	local now
	now=$(capture_pid) && [[ $now != "$1" ]]
}

need_daemon
need_client
if is_sanitized; then # in CI, too: a sanitizer maps memory, and makes calls, that the unit does not allow
	echo '1..0 # SKIP built with the sanitizers'
	exit
fi
lab_start
need_php
command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is missing"
install_it
start_dialogue_servers "$MX"
place_files
write_config '[control]' "group = $GROUP" '[json]' 'file = /var/log/smtpwatch/alerts.jsonl' '[record]' 'file = /var/lib/smtpwatch/observations.jsonl' \
	'[capture]' 'evidence = yes' '[watch]' 'self_test = 1s'
sed -i 's,^state = .*,state = /var/lib/smtpwatch/allowances,' "$DAEMON_CONFIG"
if test_start; then
	test_script
	test_hidden
	test_files
	test_health
	stop_daemon
	is "it ends well" "$daemon_status" 0
	check "and the capture process with it" wait_for 10 no_capture
fi
tap_done
