#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A day of honest hosts, in a minute: every kind of mail server, relay client, site and job sends what it sends on a
# quiet day, to receivers in many networks of which some put it off and some do not know whom it writes to, and the
# packages are upgraded meanwhile. All of it is told, and nothing of it is more than a notice.
set -euo pipefail

# The name of an honest host is qualified. Where it is not, Sendmail sleeps for a minute whenever it starts.
if [[ $EUID -eq 0 && $(uname -n) != server.example ]]; then
	exec unshare --uts bash -c 'echo server.example >/proc/sys/kernel/hostname && exec bash "$0"' "${BASH_SOURCE[0]}"
fi

# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/mailservers.sh
source "${BASH_SOURCE[0]%/*}/mailservers.sh"
# shellcheck source=tests/system/cgroups.sh
source "${BASH_SOURCE[0]%/*}/cgroups.sh"
# shellcheck source=tests/system/senders.sh
source "${BASH_SOURCE[0]%/*}/senders.sh"
# shellcheck source=tests/system/world.sh
source "${BASH_SOURCE[0]%/*}/world.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"

PYTHON=$(readlink -f /usr/bin/python3)
POSTFIX_SMTP=/usr/lib/postfix/sbin/smtp
SITE_USER=sw$$-shop
LIST_USER=sw$$-list
MAIL_USER=sw$$-vmail
JOB_USERS=("sw$$-anna" "sw$$-bert" "sw$$-carl")

LIST_MEMBERS=488   # whose receivers take mail at once; twelve others bring it to 500 domains
UNKNOWN_EVERY=70   # of these members one has left
SENDER_DOMAINS=40  # that write to this host
DOVECOT_MAILS=40
MONIT_SECONDS=5    # between two of its checks: as many as stay below submission-rate. In life it is two minutes
MONIT_CHECKS=8
HELD_MAILS=8       # that the list leaves in the queue: for greylisting, throttling, silent and closed places

of_the_list='(list|grey|throttle|silent|closed|gone)[0-9]*\.example' # regex of its members' domains

present=() # what could be had, and takes part
rounds=0   # times that everybody sent

# ---- Who is there

make_domains() {
	local i
	add_domains list "$LIST_MEMBERS"
	for i in 0 1 2 3; do
		add_domain "grey$i.example" "$WORLD_GREYLIST"
	done
	add_domain throttle.example "$WORLD_THROTTLE"
	add_domain silent0.example "$WORLD_SILENT"
	add_domain silent1.example "$WORLD_SILENT"
	add_domain closed.example "$WORLD_CLOSED"
	add_domains friend 40
	add_domains sender "$SENDER_DOMAINS"
	add_domain lists.shop.example 198.18.3.25
	world_zone+=("server.example=A:$SERVER_ADDRESS")
}

install_postfix_for_the_day() {
	install_postfix 'smtp_dns_support_level = enabled' 'smtp_host_lookup = dns' 'smtp_tls_security_level = may' \
		'smtp_connection_cache_on_demand = no' 'default_process_limit = 30' 'mydestination = server.example' \
		'local_transport = discard:' 'smtp_destination_concurrency_limit = 2' || return
	cat >>/etc/postfix/master.cf <<-END
		discard   unix       - - n -   - discard
		tlsmgr    unix       - - n 1000? 1 tlsmgr
		$SERVER_ADDRESS:10025 inet n - n - - smtpd
		  -o smtpd_sender_restrictions=reject_unknown_sender_domain
		  -o smtpd_relay_restrictions=reject_unauth_destination
	END
}

start_postfix_unit() {
	start_unit postfix.service /usr/lib/postfix/sbin/master -d
	postfix_pid=$started_pid
	installed_postfix_is_up
}

start_exim_unit() {
	start_unit exim4.service /usr/sbin/exim4 -bdf -q30m -oX 127.0.0.3.25
	exim_pid=$started_pid
	wait_for 10 listens "$SERVER" 127.0.0.3 25
}

restart() { # PID COMMAND...
	kill "$1"
	wait_for 10 is_gone "$1"
	"${@:2}"
}

# Takes part if it can be had.
join() { # NAME COMMAND...
	if "${@:2}"; then
		present+=("$1")
	else
		skip "$1 takes part" "${unavailable:-files of it are here already, and are left alone}"
	fi
}

takes_part() { # NAME
	[[ " ${present[*]} " == *" $1 "* ]]
}

install_everything() {
	join Postfix eval 'place_postfix && install_postfix_for_the_day'
	join Exim eval 'place_exim && configure_exim'
	join OpenSMTPD place_opensmtpd
	join Sendmail place_sendmail
	join nullmailer place_nullmailer
	join msmtp place_msmtp
	join dma place_dma
	if [[ -n $cgroups ]]; then
		join Dovecot place_dovecot
		join monit place_monit
	else
		skip "Dovecot and monit take part" "there is no cgroup v2, and their presets go by the unit"
	fi
}

# What an administrator who has Dovecot's submission and monit switches on. Both go by the unit.
switch_presets_on() {
	install -d -m 755 "$LAB/rules.d"
	printf '[allow %s]\nenabled = yes\n' dovecot-submission monit >"$LAB/rules.d/presets.conf"
}

# Starts who takes part. Who does not come up takes no part, and its last words are told.
start() { # NAME LOG COMMAND...
	local index
	takes_part "$1" || return 0
	if "${@:3}"; then
		ok "$1 is up"
		return
	fi
	not_ok "$1 is up" "its program says: $(tail -n 20 "$2" 2>&1)"
	for index in "${!present[@]}"; do
		[[ ${present[index]} != "$1" ]] || unset "present[index]"
	done
}

start_everything() {
	start Postfix "${POSTFIX:-}/log" start_postfix_unit
	start Exim "$LAB/exim4.service.out" start_exim_unit
	start OpenSMTPD "$LAB/opensmtpd.service.out" start_opensmtpd
	start Sendmail "$LAB/sendmail.service.out" start_sendmail
	start nullmailer "$LAB/nullmailer.service.out" start_nullmailer
	start Dovecot "$LAB/dovecot/log" start_dovecot "$MAIL_USER"
	start monit "$LAB/monit.service.out" start_monit "$MONIT_SECONDS"
	start_fpm www "$SITE_USER" "$PHP_FPM" -d "sendmail_path=/usr/sbin/sendmail -t -i"
}

# ---- What they send; each of these functions is one round

friends() { # COUNT [FIRST]: addresses in domains of their own
	local i
	for ((i = ${2:-0}; i < ${2:-0} + $1; i++)); do
		echo "user@friend$i.example"
	done
}

hand_over() { # USER PROGRAM...: a job's report, as cron hands it over
	printf 'Subject: report\n\nAll is well.\n' | run_job cron.service "$@"
}

list_members() {
	local i name
	for ((i = 0; i < LIST_MEMBERS; i++)); do
		name=user
		((i % UNKNOWN_EVERY)) || name=nobody
		echo "$name@list$i.example"
	done
	printf 'user@%s.example\n' grey{0..3} throttle silent{0,1} closed gone{0..3}
}

post_to_list() {
	local members
	mapfile -t members < <(list_members)
	run_job list.service "$LIST_USER" /usr/bin/python3 "$CLIENTS/hand_over.py" 127.0.0.1 25 \
		bounces@lists.shop.example "${members[@]}"
}

send_by_cron() {
	local user
	for user in "${JOB_USERS[@]}"; do
		hand_over "$user" /usr/sbin/sendmail -i "user@friend$((RANDOM % 40)).example"
	done
}

# It keeps sessions open for a while, so each round has domains of its own.
send_by_opensmtpd() {
	# shellcheck disable=SC2046 # a word each
	hand_over "${JOB_USERS[0]}" "$LAB/opensmtpd/sendmail" -i $(friends 12 $((rounds * 12)))
}

send_by_exim_to_friends() {
	# shellcheck disable=SC2046 # a word each
	hand_over root /usr/sbin/exim4 -odb -i $(friends 25)
	hand_over "${JOB_USERS[0]}" /usr/sbin/exim4 -odb -i user@friend30.example
	hand_over "${JOB_USERS[1]}" /usr/sbin/exim4 -odb -i user@friend31.example
}

send_by_sendmail() {
	# shellcheck disable=SC2046 # a word each
	hand_over "${JOB_USERS[1]}" /usr/libexec/sendmail/sendmail -i $(friends 12 4)
}

send_by_relay_clients() {
	local i
	for i in 1 2 3; do
		! takes_part nullmailer || hand_over "${JOB_USERS[2]}" /usr/bin/nullmailer-inject "user@friend$i.example"
		! takes_part dma || hand_over "${JOB_USERS[1]}" /usr/sbin/dma "user@friend$i.example"
		! takes_part msmtp || hand_over "${JOB_USERS[0]}" /usr/bin/msmtp --host="$SMARTHOST" --port=587 \
			--from=anna@server.example --tls=off "user@friend$i.example"
	done
	! takes_part msmtp || hand_over "${JOB_USERS[0]}" /usr/bin/msmtp --host="$SMARTHOST" --port=587 \
		--from=anna@server.example --tls=on --tls-certcheck=off user@friend4.example
}

# A plugin, the mail of a forgotten password, and a job that writes to twelve customers.
send_by_sites() {
	local i to
	for i in 1 2 3; do
		to="host=$WORLD_PROVIDER&to=customer$i@friend$i.example"
		{ ask_fpm www /mailer.php "$to&tls=1" && ask_fpm www /mailer.php "$to" &&
			ask_fpm www /mail.php "subject=password"; } >>"$LAB/mailer.out" || diagnose "the site does not send"
	done
	# shellcheck disable=SC2046 # a word each
	run_job cron.service "${JOB_USERS[2]}" /usr/bin/python3 "$CLIENTS/hand_over.py" "$WORLD_PROVIDER" 587 \
		carl@server.example tls user=carl each=1 $(friends 12)
}

# From elsewhere, by whoever has an account here.
send_by_dovecot() {
	local i
	for ((i = 0; i < DOVECOT_MAILS / 2; i++)); do
		in_net "$INTERNET" setsid /usr/bin/python3 "$CLIENTS/hand_over.py" "$SERVER_ADDRESS" 10587 \
			"user$((i % 8))@server.example" "user=user$((i % 8))" "user@friend$i.example" || diagnose "Dovecot refuses"
	done
}

# What others write to this host; from domains that the mail server looks up.
receive() {
	local i
	for ((i = 0; i < SENDER_DOMAINS; i++)); do
		in_net "$INTERNET" setsid /usr/bin/python3 "$CLIENTS/hand_over.py" "$SERVER_ADDRESS" 10025 \
			"user@sender$i.example" user@server.example || diagnose "Postfix refuses sender$i.example"
	done
}

everybody_sends() {
	local jobs=() job
	rounds=$((rounds + 1))
	for job in "$@"; do
		"$job" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
}

# ---- The package manager

# A package of what is installed here, as a newer version of it would be: all files are new ones.
build_upgrade() {
	local path tree=$LAB/upgrade
	install -d -m 755 "$tree" "$tree/DEBIAN"
	printf '%s\n' 'Package: smtpwatch-lab-upgrade' 'Version: 2' 'Architecture: all' \
		'Maintainer: lab <lab@server.example>' 'Description: upgraded mail programs' >"$tree/DEBIAN/control"
	for path in /usr/lib/{postfix,nullmailer,dovecot} /usr/sbin/{sendmail,postdrop,postqueue,exim4,smtpd,smtpctl,dma} \
		/usr/libexec/sendmail /usr/bin/{msmtp,monit}; do
		[[ " ${lab_placed[*]} " == *" $path "* ]] || continue
		install -d -m 755 "$tree${path%/*}"
		cp -a "$path" "$tree$path"
	done
	dpkg-deb -Znone -b "$tree" "$LAB/upgrade.deb" >"$LAB/upgrade.log"
}

upgrade_everything() {
	install -d -m 755 "$LAB/dpkg" "$LAB/dpkg/info" "$LAB/dpkg/updates"
	touch "$LAB/dpkg/status" "$LAB/dpkg/available"
	dpkg --admindir="$LAB/dpkg" --log="$LAB/dpkg.log" --force-unsafe-io --force-overwrite --no-triggers \
		-i "$LAB/upgrade.deb" >>"$LAB/upgrade.log" 2>&1
}

runs_deleted_file() { # PID
	[[ $(readlink "/proc/$1/exe") == *' (deleted)' ]]
}

# ---- What is to be seen

postfix_says() { # REGEX
	grep -cE "postfix/smtp\[.*$1" "$POSTFIX/log" || true
}

# Every attempt of Postfix's that came to a connection is a line of its log with a status; without a host there is none.
postfix_connections() {
	echo $(($(postfix_says 'status=') - $(postfix_says 'status=.*Host or domain name not found')))
}

# What is left in its queue it has tried and put off.
postfix_is_idle() {
	[[ -z $(find "$POSTFIX"/queue/{maildrop,incoming,active} -type f) ]]
}

postfix_has_said() { # REGEX TIMES
	(($(postfix_says "$1") >= $2))
}

flows_of() { # EXECUTABLE [FILTER]
	count_said "$is_attempt and .process.executable == \"$1\" and (${2:-true})"
}

submissions_of() { # EXECUTABLE [FILTER]
	count_said "$is_submission and .process.executable == \"$1\" and (${2:-true})"
}

has_flows() { # COUNT EXECUTABLE [FILTER]
	(($(flows_of "${@:2}") >= $1))
}

to_world='.destination.port == 25 and (.destination.ip | startswith("127.") | not)'

# So many connections of a program, and no others, are told.
sent() { # NAME COUNT EXECUTABLE [FILTER]
	wait_for 20 has_flows "${@:2}" || true
	is "$1: its connections" "$(flows_of "${@:3}")" "$2"
}

handed_over() { # NAME COUNT EXECUTABLE [FILTER]
	is "$1: mail that was handed to it" "$(submissions_of "${@:3}")" "$2"
}

test_seen() {
	if takes_part Postfix; then
		wait_for 20 postfix_is_idle || true
		wait_for 20 has_flows "$(postfix_connections)" "$POSTFIX_SMTP"
		is "Postfix: its connections are those of its log" "$(flows_of "$POSTFIX_SMTP" "$to_world")" \
			"$(postfix_connections)"
		handed_over "Postfix, by cron and a site" $((rounds * 6)) /usr/sbin/sendmail
		sent "a site's plugin" $((rounds * 6)) "$PHP_FPM" ".destination.ip == \"$WORLD_PROVIDER\""
		sent "a list's mail to Postfix" 1 "$PYTHON" ".user.name == \"$LIST_USER\""
	fi
	sent "a job's mail to its provider" "$rounds" "$PYTHON" ".destination.ip == \"$WORLD_PROVIDER\""
	! takes_part Dovecot || sent Dovecot $((rounds * DOVECOT_MAILS / 2)) /usr/lib/dovecot/submission
	if takes_part Exim; then
		sent Exim $((rounds * 27)) /usr/sbin/exim4 "$to_world"
		handed_over Exim $((rounds * 3)) /usr/sbin/exim4
	fi
	if takes_part OpenSMTPD; then
		sent OpenSMTPD $((rounds * 12)) /usr/sbin/smtpd "$to_world"
		handed_over OpenSMTPD "$rounds" /usr/sbin/smtpctl
	fi
	if takes_part Sendmail; then
		sent Sendmail $((rounds * 12)) /usr/libexec/sendmail/sendmail "$to_world"
		handed_over Sendmail "$rounds" /usr/libexec/sendmail/sendmail
	fi
	test_relay_clients_seen
}

test_relay_clients_seen() {
	if takes_part nullmailer; then
		sent nullmailer $((rounds * 3)) /usr/lib/nullmailer/smtp
		handed_over nullmailer $((rounds * 3)) /usr/bin/nullmailer-inject
	fi
	if takes_part dma; then
		sent dma $((rounds * 3)) /usr/sbin/dma
		handed_over dma $((rounds * 3)) /usr/sbin/dma
	fi
	if takes_part msmtp; then
		sent msmtp $((rounds * 4)) /usr/bin/msmtp
		handed_over msmtp $((rounds * 4)) /usr/bin/msmtp
	fi
	! takes_part monit || check "monit: its checks" wait_for 60 has_flows "$MONIT_CHECKS" /usr/bin/monit
}

is_loud="$is_alert and (.log.level == \"warning\" or .log.level == \"high\" or .log.level == \"critical\")"

# One line of an alert, for people.
alerts_told() { # FILTER
	said "$1" | jq -r '"\(.rule.id) \(.log.level) \(.event.action) \(.process.executable // "-") user " +
		"\(.user.name // .user.id // "-") unit \(.smtpwatch.unit // "-") to \(.destination.ip // "-"):" +
		"\(.destination.port // "-"): \(.smtpwatch.evidence // "-")"'
}

test_calm() {
	is "no alert above notice" "$(alerts_told "$is_loud")" ""
	alerts_told "$is_alert" | sort | uniq -c | sort -rn >"$LAB/notices"
	diagnose "$(wc -l <"$LAB/notices") kinds of notices: $(<"$LAB/notices")"
}

test_sessions() {
	local filter=".process.executable == \"$POSTFIX_SMTP\" and $is_end"
	takes_part Postfix || return 0
	check "some in clear" has_said "$filter and .smtpwatch.dialogue.accepted >= 1" 100
	check "some under TLS" has_said "$filter and .smtpwatch.dialogue.tls == \"starttls\"" 100
}

need_daemon
need_php
lab_start
make_site
find_cgroups || cgroups=
put_script mailer.php /mailer.php
put_script mail.php /mail.php
for user in "$SITE_USER" "$LIST_USER" "$MAIL_USER" "${JOB_USERS[@]}"; do
	ensure_user "$user"
done
make_domains
start_world
install_everything
switch_presets_on
build_upgrade
for unit in cron list; do
	procs_of_unit "$unit.service"
done
write_config '[watch]' "smarthost = $SMARTHOST" '[identity]' "$SITE_OPTION"
start_daemon json
start_everything

senders=(send_by_sites send_by_relay_clients)
! takes_part Postfix || senders+=(send_by_cron)
! takes_part Exim || senders+=(send_by_exim_to_friends)
! takes_part OpenSMTPD || senders+=(send_by_opensmtpd)
! takes_part Sendmail || senders+=(send_by_sendmail)
! takes_part Dovecot || senders+=(send_by_dovecot)

time_of() { # NAME: for those who look why it takes long
	diagnose "$1 after $SECONDS s"
}

if takes_part Postfix; then
	post_to_list
	time_of "the list is handed over"
	receive &
	receiver=$!
	everybody_sends "${senders[@]}"
	wait "$receiver"
	time_of "the first round"
	check "the list is worked off" wait_for 40 postfix_has_said "to=<[^>]*@$of_the_list>.*status=" 500
	time_of "the list"
	is "what was put off" "$(postfix_says 'status=deferred')" "$HELD_MAILS"
fi
upgrade_everything || diagnose "$(<"$LAB/upgrade.log")"
time_of "the upgrade"
! takes_part Postfix || check "Postfix runs the file that was replaced" runs_deleted_file "$postfix_pid"
! takes_part Exim || check "and so does Exim" runs_deleted_file "$exim_pid"
everybody_sends "${senders[@]}"
time_of "the second round"
# One that is stopped while it delivers does so twice, and logs it once.
! takes_part Postfix || check "Postfix has done its work" wait_for 20 postfix_is_idle
! takes_part Postfix || restart "$postfix_pid" start_postfix_unit
! takes_part Exim || restart "$exim_pid" start_exim_unit
end_greylisting
! takes_part Postfix || in_net "$SERVER" /usr/sbin/postqueue -f
! takes_part Postfix ||
	check "what was put off arrives" wait_for 20 postfix_has_said 'to=<user@grey.*status=sent' 4
test_seen
time_of "everything was seen"
test_sessions
test_calm
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done
