#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A shared host at night: two hundred honest sites under one web user, each of which sends a mail or two, and one that
# was broken into. Of the honest ones there is no line, and of the other a few.
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
WEB_USER=sw$$-web
CONNECTIONS=200 # of the compromised site's mailing
LINES_MAX=12    # that it may make

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

described() { # FILTER
	said "$1" | jq -r '"\(.rule.id) \(.log.level) \(.event.action) \(.smtpwatch.site // "-") " +
		"\(.smtpwatch.evidence // "-")"'
}

is_web="(.user.name == \"$WEB_USER\")"

test_honest() {
	night
	is "$SITES sites send" "$(said "($is_attempt or $is_submission) and $is_web" |
		jq -r .smtpwatch.site | sort -u | wc -l)" "$SITES"
	is "and there is no line about them" "$(described "$is_alert and $is_web")" ""
	honest_lines=$(count_said "$is_alert and $is_web")
}

test_compromised() {
	SHOP=$(site_folder 77)
	put_script mailing.php /mailing.php
	ask_fpm www /mailing.php "first=0&networks=50&times=$CONNECTIONS" >"$LAB/compromised.answer"
	wait_for 20 has_said "$is_end and .smtpwatch.script.path == \"$SHOP/mailing.php\"" "$CONNECTIONS" || true
	stop_daemon
	local lines
	lines=$(($(count_said "$is_alert and $is_web") - honest_lines))
	check "a site that was broken into makes a few lines: $lines for $CONNECTIONS connections" \
		test "$lines" -ge 2 -a "$lines" -le "$LINES_MAX"
	is "it is named" "$(said "$is_direct and $is_web and .event.action == \"raised\"" | jq -r .smtpwatch.site)" \
		site77.example
	diagnose "$(described "$is_alert and $is_web")"
}

need_daemon
need_php
lab_start
make_site
make_sites
ensure_user "$WEB_USER"
add_domain mx.example 198.18.3.25
start_world
if ! place_postfix || ! install_postfix "relayhost = [$SMARTHOST]"; then
	skip_all "${unavailable:-a mail server is here already, and is left alone}"
fi
start_installed_postfix
start_fpm www "$WEB_USER" "$PHP_FPM" -d "sendmail_path=/usr/sbin/sendmail -t -i"
write_config '[identity]' "$SITE_OPTION"
start_daemon json
test_honest
test_compromised
check "every line is a JSON object" only_json
check "the books balance" books_balance
tap_done
