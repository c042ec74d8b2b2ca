#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A shared host at night: two hundred honest sites under one web user, each of which sends a mail or two, and one that
# was broken into. Of the honest ones there is no line, and of the other a few: those that people read, in syslog.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/mailservers.sh
source "${BASH_SOURCE[0]%/*}/mailservers.sh"
# shellcheck source=tests/system/world.sh
source "${BASH_SOURCE[0]%/*}/world.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"

SITES=200
WEB_USER=www-data
CONNECTIONS=200 # of the compromised site's mailing
LINES_MAX=3     # that people read of it

site_folder() { # NUMBER
	echo "$LAB/www/site$1.example/htdocs"
}

make_sites() {
	local i folder
	for ((i = 0; i < SITES; i++)); do
		folder=$(site_folder "$i")
		install -d -m 755 "${folder%/*}" "$folder"
		install -m 644 "$CLIENTS"/{mail,mailer}.php "$folder"
	done
}

# Every other site has an SMTP plugin for a provider, some of them in clear.
site_sends() { # NUMBER
	SHOP=$(site_folder "$1")
	if (($1 % 2)); then
		ask_fpm www /mail.php "subject=site$1&times=$((1 + $1 % 4 / 3))"
	else
		ask_fpm www /mailer.php "host=$WORLD_PROVIDER&to=user@mx.example&helo=www.site$1.example&tls=$(($1 % 4 / 2))"
	fi
}

sites_send() { # FIRST
	local i
	for ((i = $1; i < SITES; i += 4)); do
		site_sends "$i" >>"$LAB/sites.$1.answer"
	done
}

night() {
	local first jobs=()
	for first in 0 1 2 3; do
		sites_send "$first" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	all_is_told
}

start_syslog() {
	start_in "$SERVER" "$LAB/syslog.out" /usr/bin/python3 "$CLIENTS/syslog.py" "$LAB/log"
	wait_for 10 grep -q ready "$LAB/syslog.out"
}

# The lines that people read about the web user.
logged() {
	jq -r --arg user " user=$WEB_USER " '.text // "" | select(contains($user)) | capture("(?<line>ALERT .*)").line' \
		"$LAB/syslog.out"
}

has_logged() { # TEXT
	logged | grep -qF -- "$1"
}

described() { # FILTER
	said "$1" | jq -r '"\(.rule.id) \(.log.level) \(.event.action) \(.smtpwatch.site // "-") " +
		"\(.smtpwatch.evidence // "-")"'
}

is_web="(.user.name == \"$WEB_USER\")"

test_honest() {
	night
	is "$SITES sites send" "$(said "($is_attempt or $is_submission) and $is_web" |
		jq -r .smtpwatch.site | sort -u | wc -l)" "$SITES"
	is "and there is no alert about them" "$(described "$is_alert and $is_web")" ""
	is "nor a line in syslog" "$(logged)" ""
}

test_compromised() {
	SHOP=$(site_folder 77)
	put_script mailing.php /mailing.php
	ask_fpm www /mailing.php "first=0&networks=50&times=$CONNECTIONS" >"$LAB/compromised.answer"
	wait_for 20 has_said "$is_end and .smtpwatch.script.path == \"$SHOP/mailing.php\"" "$CONNECTIONS" || true
	stop_daemon
	check "its end is told" wait_for 10 has_logged phase=ended
	local lines
	lines=$(logged | wc -l)
	check "a site that was broken into makes $lines lines of $CONNECTIONS connections, and $LINES_MAX at most" \
		test "$lines" -le "$LINES_MAX"
	is "the first one is its beginning" "$(logged | head -n 1 | grep -o 'phase=[a-z]*')" phase=raised
	is "each names the site" "$(logged | grep -o ' site=[^ ]*' | sort | uniq -c | sed 's/^ *//')" \
		"$lines  site=site77.example"
	is "of the other sites there is no alert" "$(said "$is_alert and $is_web" | jq -r .smtpwatch.site | sort -u)" \
		site77.example
	diagnose "$(logged)"
}

need_daemon
need_php
lab_start
make_site
make_sites
ensure_user "$WEB_USER" # as distributions name it: that such a user has the sites of many is known by the name
add_domain mx.example 198.18.3.25
start_world
if ! place_postfix || ! install_postfix "relayhost = [$SMARTHOST]"; then
	skip_all "${unavailable:-a mail server is here already, and is left alone}"
fi
start_installed_postfix
start_fpm www "$WEB_USER" "$PHP_FPM" -d "sendmail_path=/usr/sbin/sendmail -t -i"
write_config '[identity]' "$SITE_OPTION" '[alerts]' 'lines = incident' '[syslog]' "socket = $LAB/log"
start_syslog
start_daemon json
test_honest
test_compromised
check "every line is a JSON object" only_json
check "the books balance" books_balance
tap_done
