#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What make install puts where, and that the programs, systemd, fail2ban, logrotate and the manual's reader take it. Needs
# no root and touches no place of the host.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C
[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
root=$TMP/root
units=usr/lib/systemd/system
unit=$units/smtpwatchd.service
capture_unit=$units/smtpwatch-capture@.service
doc=usr/share/doc/smtpwatch/examples

run_make() { # TARGET VARIABLE=VALUE...
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$REPOSITORY" "$1" BUILD="${DAEMON%/*}" "${@:2}"
}

# With directories as a distribution has them, whatever this host's systemd.pc says.
install_tree() { # TARGET
	run_make "$1" DESTDIR="$root" PREFIX=/usr unitdir=/usr/lib/systemd/system sysusersdir=/usr/lib/sysusers.d \
		tmpfilesdir=/usr/lib/tmpfiles.d
}

# What is there, "MODE PATH" a line; of folders those that are smtpwatch's own.
tree() {
	(cd "$root" && find . -not -type d -printf '%m %P\n' -o -path '*smtpwatch*' -type d -printf '%m %P/\n') | sort -k 2
}

expected_tree() {
	cat <<-'END'
		644 etc/logrotate.d/smtpwatch
		755 etc/smtpwatch/
		755 etc/smtpwatch/mta.d/
		755 etc/smtpwatch/rules.d/
		644 etc/smtpwatch/smtpwatch.conf
		755 usr/bin/smtpwatch
		644 usr/lib/systemd/system/smtpwatch-capture.socket
		644 usr/lib/systemd/system/smtpwatch-capture@.service
		644 usr/lib/systemd/system/smtpwatchd.service
		644 usr/lib/sysusers.d/smtpwatch.conf
		644 usr/lib/tmpfiles.d/smtpwatch.conf
		755 usr/sbin/smtpwatchd
		644 usr/share/bash-completion/completions/smtpwatch
		644 usr/share/bash-completion/completions/smtpwatchd
		755 usr/share/doc/smtpwatch/
		755 usr/share/doc/smtpwatch/examples/
		644 usr/share/doc/smtpwatch/examples/fail2ban-action.conf
		644 usr/share/doc/smtpwatch/examples/fail2ban-filter.conf
		644 usr/share/doc/smtpwatch/examples/fail2ban-jail.conf
		644 usr/share/doc/smtpwatch/examples/newsletter-mta.conf
		644 usr/share/doc/smtpwatch/examples/newsletter-rule.conf
		644 usr/share/doc/smtpwatch/examples/replies.psv
		644 usr/share/doc/smtpwatch/examples/rsyslog.conf
		644 usr/share/fish/vendor_completions.d/smtpwatch.fish
		644 usr/share/fish/vendor_completions.d/smtpwatchd.fish
		644 usr/share/man/man1/smtpwatch.1
		644 usr/share/man/man5/smtpwatch-control.5
		644 usr/share/man/man5/smtpwatch-observations.5
		644 usr/share/man/man5/smtpwatch-replies.5
		644 usr/share/man/man5/smtpwatch-rules.5
		644 usr/share/man/man5/smtpwatch.conf.5
		644 usr/share/man/man8/smtpwatchd.8
		644 usr/share/zsh/site-functions/_smtpwatch
		644 usr/share/zsh/site-functions/_smtpwatchd
	END
}

test_files() {
	(umask 077 && install_tree install)
	is "installed are these files, readable for all" "$(tree)" "$(expected_tree | sort -k 2)"
	is "no file has a place that was to be filled in, or the folder that it was put into" \
		"$(grep -rlIE "@[A-Za-z]+@|$TMP" "$root" || :)" ''
	is "the version is in the manual" "$(grep -h '^\.Os' "$root"/usr/share/man/man?/* | sort -u)" \
		".Os $("$root/usr/bin/smtpwatch" version)"
	# Everything but systemd.pc is found.
	cat >"$TMP/pkg-config" <<-'END'
		#!/bin/sh
		case $* in *systemd) exit 1 ;; esac
		exec pkg-config "$@"
	END
	chmod +x "$TMP/pkg-config"
	run_make install PREFIX=/opt/watch DESTDIR="$TMP/opt" PKG_CONFIG="$TMP/pkg-config"
	is "another prefix is in the units, in completions and in the manual" "$(grep -rhoE '/opt/watch/[a-z/]*' "$TMP/opt" \
		--include=*.service --include=_smtpwatch --include=smtpwatchd.8 | sort -u | xargs)" \
		'/opt/watch/sbin/smtpwatchd /opt/watch/share/doc/smtpwatch/examples'
	is "without systemd.pc the prefix has what systemd reads" \
		"$(cd "$TMP/opt/opt/watch/lib" && find . -type f | sort | xargs)" \
		'./systemd/system/smtpwatch-capture.socket ./systemd/system/smtpwatch-capture@.service ./systemd/system/smtpwatchd.service ./sysusers.d/smtpwatch.conf ./tmpfiles.d/smtpwatch.conf'
	run_make install DESTDIR="$TMP/local" PKG_CONFIG="$TMP/pkg-config"
	is "without a prefix it is /usr/local, and the configuration in /etc" "$(cd "$TMP/local" &&
		find . -type f '(' -name smtpwatchd -perm 755 -o -path '*etc*/smtpwatch.conf' ')' | sort | xargs)" \
		'./etc/smtpwatch/smtpwatch.conf ./usr/local/sbin/smtpwatchd'
}

test_configuration() {
	local examples=$root/$doc
	check "the daemon takes the installed configuration" "$DAEMON" --config "$root/etc/smtpwatch/smtpwatch.conf" --check-config
	# The same with all that stands behind semicolons.
	mkdir "$TMP/rules.d" "$TMP/mta.d"
	cp "$examples/newsletter-rule.conf" "$TMP/rules.d"
	cp "$examples/newsletter-mta.conf" "$TMP/mta.d"
	sed 's/^;\([a-z_]* = \)/\1/; /^run = /d' "$root/etc/smtpwatch/smtpwatch.conf" >"$TMP/all.conf"
	printf '%s\n' '[rules]' "directory = $TMP/rules.d" '[identity]' "mta_directory = $TMP/mta.d" '[capture]' \
		"replies = $examples/replies.psv" >>"$TMP/all.conf"
	check "and all of its examples" "$DAEMON" --config "$TMP/all.conf" --check-config
	is "with the rule, the mail server and the replies" "$("$DAEMON" --config "$TMP/all.conf" --list-rules |
		grep -c 'allow newsletter')$("$DAEMON" --config "$TMP/all.conf" --list-mta | grep -c ' newsletter')" 11
	sed -n 's/^;\(run = [^ ]*\).*/[command]\n\1/p' "$root/etc/smtpwatch/smtpwatch.conf" >"$TMP/run.conf"
	if [[ -x /usr/bin/systemd-run ]]; then
		check "and the command" "$DAEMON" --config "$TMP/run.conf" --check-config
	else
		skip "and the command" "systemd-run is missing"
	fi
}

test_again() {
	local conf=$root/etc/smtpwatch/smtpwatch.conf
	echo '; mine' >>"$conf"
	echo '; also mine' >"$root/etc/smtpwatch/rules.d/mine.conf"
	echo old >"$root/usr/share/man/man1/smtpwatch.1"
	is "a second install says that it keeps what was changed" "$(install_tree install)" "  KEEP $conf"
	is "and keeps it" "$(tail -n 1 "$conf")" '; mine'
	check "and renews the rest" grep -q SMTPWATCH "$root/usr/share/man/man1/smtpwatch.1"
	rm "$root/etc/logrotate.d/smtpwatch"
	ln -s /dev/null "$root/etc/logrotate.d/smtpwatch"
	install_tree install >/dev/null
	is "a link in the place of one is left alone" "$(readlink "$root/etc/logrotate.d/smtpwatch")" /dev/null
	install_tree uninstall >/dev/null
	is "uninstall leaves what is not from here" "$(tree | grep -v '/$' | xargs)" \
		"777 etc/logrotate.d/smtpwatch 644 etc/smtpwatch/rules.d/mine.conf 644 etc/smtpwatch/smtpwatch.conf"
	rm -rf "$root"
	install_tree install
	install_tree uninstall
	is "and otherwise nothing of its own" "$(tree)" ''
	install_tree install
}

# ---- Those that read what is installed

test_manual() {
	if ! command -v mandoc >/dev/null; then
		skip "the manual has no fault" "mandoc is missing"
		return
	fi
	is "the manual has no fault" "$(mandoc -T lint -W warning "$root"/usr/share/man/man?/* 2>&1)" ''
	is "each page has its place" "$(for page in "$root"/usr/share/man/man?/*; do
		awk -v page="${page##*/}" '/^\.Dt / { if (tolower($2) "." $3 != page) print page }' "$page"
	done)" ''
}

test_unit() {
	local file
	mkdir "$TMP/units"
	for file in "$unit" "$capture_unit" "$units/smtpwatch-capture.socket"; do
		sed "s,/usr/sbin/,$root/usr/sbin/," "$root/$file" >"$TMP/units/${file##*/}"
	done
	is "systemd finds no fault in the units" "$(systemd-analyze verify --man=no "$TMP"/units/smtpwatch* 2>&1 |
		grep smtpwatch || :)" ''
	for file in "$unit" "$capture_unit"; do
		check "systemd-analyze security rates ${file##*/} 2.5 or less" systemd-analyze security --offline=yes \
			--threshold=25 "$root/$file"
	done
	is "the service knows where the socket listens" "$(sed -n 's/^Environment=SMTPWATCH_CAPTURE_SOCKET=//p' "$root/$unit")" \
		"$(sed -n 's/^ListenSequentialPacket=//p' "$root/$units/smtpwatch-capture.socket")"
	is "it enables nothing" "$(find "$root" -name '*.wants' -o -type l)" ''
}

# The daemon's own table of capabilities, for which the unit has to be wide enough, and no wider.
test_capabilities() {
	local table=$REPOSITORY/userspace/daemon/privileges.c
	if [[ ! -e $table ]]; then
		return
	fi
	# CAP_SYS_RESOURCE is for where LimitMEMLOCK= is not, CAP_DAC_OVERRIDE for files in places that the unit does not
	# open, CAP_SYS_ADMIN for what few hosts have, as the unit says; CAP_CHOWN is SupplementaryGroups= here, CAP_KILL
	# for a child that is another user; and a bounding set like this one need not shrink (CAP_SETPCAP).
	is "the unit has the capabilities that the daemon may need" "$(granted "$unit")" "$(rows 'START|WATCH' |
		grep -vxE 'CAP_(SYS_RESOURCE|DAC_OVERRIDE|SYS_ADMIN|CHOWN|KILL|SETPCAP)' | xargs)"
	is "that of the capture process those of its start" "$(granted "$capture_unit")" "$(rows LAUNCHER | xargs)"
	is "the daemon's group is the configuration's" "$(sed -n 's/^SupplementaryGroups=//p' "$root/$unit")" \
		"$("$DAEMON" --help | awk '$1 == "group" { print $2 }')"
}

granted() { # UNIT
	sed -n 's/^CapabilityBoundingSet=//p' "$root/$1" | tr ' ' '\n' | sort -u | xargs
}

rows() { # USERS
	sed -nE "s/^\t\{(CAP_[A-Z_]*), PRIVILEGE_($1),.*/\1/p" "$table" | sort -u
}

test_folders() {
	is "the group is made as [control] names it" "$(systemd-sysusers --dry-run --root="$root" smtpwatch.conf 2>&1 |
		grep -o "Creating group '[a-z]*'")" "Creating group '$("$DAEMON" --help | awk '$1 == "group" { print $2 }')'"
	mkdir -p "$root/tmpfiles"
	sed 's/ root root / - - /' "$root/usr/lib/tmpfiles.d/smtpwatch.conf" >"$TMP/tmpfiles.conf"
	mkdir -p "$TMP/host"
	check "systemd-tmpfiles makes the folders" systemd-tmpfiles --create --root="$TMP/host" "$TMP/tmpfiles.conf"
	is "with the modes that the unit gives them" \
		"$(cd "$TMP/host" && find . -name smtpwatch -printf '%P %m\n' | sort | xargs)" \
		"run/smtpwatch $(mode_of Runtime) var/lib/smtpwatch $(mode_of State) var/log/smtpwatch $(mode_of Logs)"
}

mode_of() { # Runtime, State or Logs
	sed -n "s/^$1DirectoryMode=0//p" "$root/$unit"
}

# The log that the configuration proposes is the one that is rotated, and SIGUSR1 reaches the daemon alone.
test_logrotate() {
	local rotated pid said
	if ! command -v logrotate >/dev/null; then
		skip "logrotate rotates" "logrotate is missing"
		return
	fi
	mkdir -p "$TMP/log" "$TMP/run"
	echo '{}' >"$TMP/log/alerts.jsonl"
	bash -c 'trap "echo opened anew; exit" USR1; echo $$ >"$1"; while :; do sleep 0.05; done' bash "$TMP/run/smtpwatchd.pid" \
		>"$TMP/said" &
	pid=$!
	wait_for 10 test -s "$TMP/run/smtpwatchd.pid"
	sed "s,/var/log/smtpwatch,$TMP/log,; s,/run/smtpwatch/,$TMP/run/,g" "$root/etc/logrotate.d/smtpwatch" >"$TMP/logrotate.conf"
	chmod 644 "$TMP/logrotate.conf"
	check "logrotate rotates" logrotate --force --state "$TMP/logrotate.state" "$TMP/logrotate.conf"
	wait "$pid"
	said=$(cat "$TMP/said")
	rotated=$(cd "$TMP/log" && echo *)
	is "the daemon opens its file anew, the old one is where --explain looks" "$said: $rotated" "opened anew: alerts.jsonl.1"
	is "it is the file of the example" "$(sed -n 's/^;file = \(.*\)\/alerts.jsonl$/\1/p' "$root/etc/smtpwatch/smtpwatch.conf")" \
		"$(sed -n 's/^\(.*\)\/\*.jsonl {/\1/p' "$root/etc/logrotate.d/smtpwatch")"
}

# Lines of alerts as the daemon writes them, behind syslog's header.
alert_lines() {
	local file
	for file in "$GOLDEN"/rules/{blocked,direct-to-mx,helo-churn,orphan-web}-*.jsonl; do
		"$DAEMON" --replay "$file" --config "$TMP/every.conf" 2>/dev/null
	done | sed -n 's/^ALERT/Nov 22 03:12:04 host smtpwatchd[4121]: ALERT/p'
}

test_fail2ban() {
	local lines
	if ! command -v fail2ban-regex >/dev/null; then
		skip "fail2ban finds the users of alerts" "fail2ban is missing"
		return
	fi
	mkdir -p "$TMP/fail2ban"
	cp -r /etc/fail2ban/. "$TMP/fail2ban" 2>/dev/null || :
	rm -rf "$TMP"/fail2ban/jail.d/* "$TMP/fail2ban/jail.local"
	cp "$root/$doc/fail2ban-filter.conf" "$TMP/fail2ban/filter.d/smtpwatch.conf"
	cp "$root/$doc/fail2ban-action.conf" "$TMP/fail2ban/action.d/smtpwatch-user.conf"
	cp "$root/$doc/fail2ban-jail.conf" "$TMP/fail2ban/jail.d/smtpwatch.conf"
	printf '[alerts]\nlines = rule\n[rules]\ndirectory = /none\n[identity]\nmta_directory = /none\n' >"$TMP/every.conf"
	lines=$(alert_lines)
	printf '%s\n' "$lines" >"$TMP/lines"
	is "fail2ban finds the users of severe alerts" "$(banned "$TMP/lines" user)" "$(printf '%s\n' "$lines" |
		grep -E 'severity=(high|critical) ' | grep -vE 'phase=(ended|continuing)' |
		sed -n 's/.* uid=\([1-9][0-9]\{3,\}\) .*/\1/p' | xargs)"
	like "there are some" "$(banned "$TMP/lines" user)" '1042'
	cat >"$TMP/lines" <<-'END'
		Nov 22 03:12:04 host smtpwatchd[9]: ALERT rule=x severity=high user="a b" uid=1001 pid=1 exe=/x phase=risen since=x argv="a"
		Nov 22 03:12:04 host smtpwatchd[9]: ALERT rule=x severity=high user=b uid=1002 pid=1 argv="said \" phase=ended "
		Nov 22 03:12:04 host smtpwatchd[9]: ALERT rule=x severity=high user=b uid=1003 pid=1 phase=ended argv=x
		Nov 22 03:12:04 host smtpwatchd[9]: ALERT rule=x severity=high user=www-data uid=33 pid=1 argv="uid=1004 pid=1"
		Nov 22 03:12:04 host smtpwatchd[9]: ALERT rule=x severity=notice user=b uid=1005 pid=1
		Nov 22 03:12:04 host smtpwatchd[9]: someone says ALERT rule=x severity=high user=b uid=1006 pid=1
		Nov 22 03:12:04 host other[9]: ALERT rule=x severity=high user=b uid=1007 pid=1
		Nov 22 03:12:04 host smtpwatchd[9]: ALERT rule=forwarded severity=high src=10.0.3.7 interface=eth1 dst=198.51.100.25:25
	END
	is "only them, whatever else is in a line" "$(banned "$TMP/lines" user)" '1001 1002'
	is "and machines where it is asked to" "$(banned "$TMP/lines" machine)" 10.0.3.7
	like "it reads filter, jail and action" "$(fail2ban-client -c "$TMP/fail2ban" -d 2>&1)" 'add element inet smtpwatch users'
}

banned() { # FILE MODE
	(cd "$TMP/fail2ban/filter.d" && fail2ban-regex -c "$TMP/fail2ban" -o '<fid>' "$1" "smtpwatch[mode=$2]" 2>/dev/null | xargs)
}

test_files
test_configuration
test_again
test_manual
if command -v systemd-analyze >/dev/null; then
	test_unit
	test_folders
else
	skip "systemd takes the unit" "systemd is missing"
fi
test_capabilities
test_logrotate
test_fail2ban
tap_done
