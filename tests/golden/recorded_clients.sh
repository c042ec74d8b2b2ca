# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what it uses is lab.sh's and packages.sh's
# Clients that are no mail servers: what sites and administrators send mail with. Sourced by record.

run_python() { # STATEMENTS
	in_net "$SERVER" timeout 60 /usr/bin/python3 -c "import smtplib, socket, ssl"$'\n'"$1"
}

run_php() { # STATEMENTS
	in_net "$SERVER" timeout 60 php -r "$1"
}

run_phpmailer() { # STATEMENTS on $m, before it sends
	run_php "foreach (['Exception', 'PHPMailer', 'SMTP'] as \$name) require '$PHPMAILER/' . \$name . '.php';
		\$m = new PHPMailer\\PHPMailer\\PHPMailer(); \$m->isSMTP(); \$m->Host = '$MX'; \$m->Hostname = 'shop.example';
		\$m->setFrom('spam@shop.example'); \$m->addAddress('user@mx.example'); \$m->Subject = 'golden-body'; \$m->Body = 'golden-body';
		\$m->Timeout = 10; \$m->SMTPAutoTLS = false;
		\$m->SMTPOptions = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false, 'peer_name' => 'mx.example']];
		$1; \$m->send();"
}

run_swaks() { # OPTIONS...
	in_net "$SERVER" env PERL5LIB="$SWAKS_LIBRARIES" timeout 60 perl "$SWAKS" --server "$MX" --port 25 --helo shop.example \
		--from spam@shop.example --to user@mx.example --body golden-body "$@"
}

run_msmtp() { # OPTIONS...
	printf 'Subject: golden-body\n\ngolden-body\n' | in_net "$SERVER" env LD_LIBRARY_PATH="$MSMTP_LIBRARIES" timeout 60 "$MSMTP" \
		--host="$MX" --domain=shop.example --from=spam@shop.example --tls=off "$@" user@mx.example
}

run_curl() { # OPTIONS... URL
	printf 'Subject: golden-body\r\n\r\ngolden-body\r\n' >"$LAB/mail.txt"
	in_net "$SERVER" timeout 60 curl -sk --mail-from spam@shop.example --mail-rcpt user@mx.example --upload-file "$LAB/mail.txt" "$@"
}

# shellcheck disable=SC2016 # the inner shell expands it
MAIL_BY_BASH='
exec 3<>"/dev/tcp/$0/25"
read -r <&3
for line in "HELO shop.example" "MAIL FROM:<spam@shop.example>" "RCPT TO:<user@mx.example>" DATA; do
	printf "%s\r\n" "$line" >&3
	read -r <&3
done
printf "Subject: golden-body\r\n\r\ngolden-body\r\n.\r\nQUIT\r\n" >&3
cat <&3'

# Unpacks what the clients are; one that cannot be had is empty.
find_clients() {
	PHPMAILER='' SWAKS='' SWAKS_LIBRARIES='' MSMTP='' MSMTP_LIBRARIES='' OPENSMTPD='' NULLMAILER=''
	local library
	if unpack_package libphp-phpmailer; then
		PHPMAILER=$unpacked/usr/share/php/libphp-phpmailer/src
		[[ -d $PHPMAILER ]] || PHPMAILER=$(dirname "$(find "$unpacked" -name PHPMailer.php | head -n 1)")
	fi
	! unpack_package swaks || SWAKS=$unpacked/usr/bin/swaks
	! unpack_package libnet-ssleay-perl || SWAKS_LIBRARIES=$(echo "$unpacked"/usr/lib/*/perl5/*)
	! unpack_package opensmtpd || OPENSMTPD=$unpacked/usr/bin/smtp
	! unpack_package nullmailer || NULLMAILER=$unpacked/usr/lib/nullmailer/smtp
	! unpack_package msmtp || MSMTP=$unpacked/usr/bin/msmtp
	for library in libgsasl18 libsecret-1-0 libntlm0 libgssglue1; do
		! unpack_package "$library" || MSMTP_LIBRARIES+=${MSMTP_LIBRARIES:+:}$(echo "$unpacked"/usr/lib/*-linux-gnu)
	done
}

# ---- Scripts, to receivers that take everything

record_scripts() {
	find_clients
	start_refusing_sink
	local sink=$started_pid
	record python-smtplib in_net "$SERVER" python3 "$CLIENTS/send.py" "$MX" golden-body
	record python-two-messages-and-rset run_python "
s = smtplib.SMTP('$MX', 25, 'shop.example')
s.sendmail('spam@shop.example', 'user@mx.example', 'Subject: golden-body\\r\\n\\r\\ngolden-body')
s.mail('other@other.example'); s.rset(); s.noop()
s.sendmail('third@third.example', ['a@mx.example', 'b@second.example'], 'Subject: golden-body\\r\\n\\r\\n.golden-body\\r\\n.')
s.quit()"
	record perl-net-smtp in_net "$SERVER" perl "$CLIENTS/send.pl" "$MX" golden-body
	record php-by-socket in_net "$SERVER" php "$CLIENTS/send.php" "$MX" golden-body
	record bash-dev-tcp in_net "$SERVER" bash -c "$MAIL_BY_BASH" "$MX"
	record curl-plain run_curl "smtp://$MX:25/shop.example"
	[[ -z $PHPMAILER ]] || record phpmailer-plain run_phpmailer ''
	[[ -z $PHPMAILER ]] || record phpmailer-kept-alive run_phpmailer '$m->SMTPKeepAlive = true; $m->send(); $m->Subject = "golden-body again"'
	[[ -z $SWAKS ]] || record swaks-plain run_swaks
	[[ -z $SWAKS ]] || record swaks-pipelined run_swaks --pipeline
	[[ -z $SWAKS ]] || record swaks-helo run_swaks --protocol SMTP
	[[ -z $MSMTP ]] || record msmtp-plain run_msmtp
	[[ -z $OPENSMTPD ]] || record opensmtpd-client in_net "$SERVER" bash -c \
		'printf "Subject: golden-body\n\ngolden-body\n" | "$@"' - "$OPENSMTPD" -s "smtp+notls://$MX" -H shop.example -F spam@shop.example user@mx.example
	[[ -z $NULLMAILER ]] || record nullmailer run_nullmailer
	kill "$sink"
	wait "$sink" 2>/dev/null || true
	[[ -z $SWAKS ]] || record swaks-ehlo-refused-then-helo with_server start_refusing_sink -f ehlo -- run_swaks
}

# The protocol's program of nullmailer takes an envelope and a message as its descriptor 3.
run_nullmailer() {
	printf 'spam@shop.example\nuser@mx.example\n\nSubject: golden-body\n\ngolden-body\n' >"$LAB/nullmailer.txt"
	in_net "$SERVER" env HELOHOST=shop.example bash -c 'exec "$@" 3<"$0"' "$LAB/nullmailer.txt" "$NULLMAILER" --host="$MX" <<-END
		host=$MX

	END
}

# ---- Those that speak TLS, to Postfix

record_by_tls_clients() {
	find_clients
	record python-starttls run_python "
s = smtplib.SMTP('$MX', 25, 'shop.example')
s.starttls(context=ssl._create_unverified_context()); s._host = 'mx.example'
s.sendmail('spam@shop.example', 'user@mx.example', 'Subject: golden-body\\r\\n\\r\\ngolden-body'); s.quit()"
	record python-implicit-tls run_python "
s = smtplib.SMTP_SSL('$MX', 465, 'shop.example', context=ssl._create_unverified_context())
s.sendmail('spam@shop.example', 'user@mx.example', 'Subject: golden-body\\r\\n\\r\\ngolden-body'); s.quit()"
	record curl-starttls run_curl --ssl-reqd --connect-to "mx.example:25:$MX:25" smtp://mx.example:25/shop.example
	record curl-implicit-tls run_curl --connect-to "mx.example:465:$MX:465" smtps://mx.example:465/shop.example
	[[ -z $PHPMAILER ]] || record phpmailer-starttls run_phpmailer '$m->SMTPSecure = "tls"'
	[[ -z $PHPMAILER ]] || record phpmailer-implicit-tls run_phpmailer '$m->SMTPSecure = "ssl"; $m->Port = 465'
	[[ -z $SWAKS_LIBRARIES ]] || record swaks-starttls-with-name run_swaks --tls --tls-sni mx.example
	[[ -z $MSMTP ]] || record msmtp-starttls run_msmtp --tls=on --tls-starttls=on --tls-certcheck=off
}

# ---- Those that log in, to Exim; the password is golden-secret

record_by_clients_that_log_in() {
	find_clients
	local kind
	for kind in PLAIN LOGIN CRAM-MD5; do
		record "python-auth-${kind,,}" log_in_by_python "$kind" golden-secret
		record "python-auth-${kind,,}-failed" log_in_by_python "$kind" golden-secret-wrong
	done
	record curl-auth run_curl --user golden-user:golden-secret "smtp://$MX_ELSEWHERE:587/shop.example"
	[[ -z $PHPMAILER ]] || record phpmailer-auth run_phpmailer "\$m->Host = '$MX_ELSEWHERE'; \$m->SMTPAuth = true;
		\$m->AuthType = 'LOGIN'; \$m->Username = 'golden-user'; \$m->Password = 'golden-secret'"
	[[ -z $SWAKS ]] || record swaks-auth run_swaks --server "$MX_ELSEWHERE" --auth PLAIN --auth-user golden-user --auth-password golden-secret
	[[ -z $MSMTP ]] || record msmtp-auth run_msmtp --host="$MX_ELSEWHERE" --auth=plain --user=golden-user --passwordeval='echo golden-secret'
}

log_in_by_python() { # MECHANISM PASSWORD
	run_python "
s = smtplib.SMTP('$MX_ELSEWHERE', 25, 'shop.example')
s.ehlo(); s.esmtp_features['auth'] = '$1'
try:
    s.login('golden-user', '$2')
    s.sendmail('spam@shop.example', 'user@mx.example', 'Subject: golden-body\\r\\n\\r\\ngolden-body')
except smtplib.SMTPAuthenticationError:
    pass
s.quit()"
}
