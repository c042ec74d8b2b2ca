# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for those who source it, and what it uses is lab.sh's
# What else sends mail on honest hosts than Postfix and Exim: other mail servers, relay clients, Dovecot's submission,
# monit. They are unpacked to their true paths with the users and modes that their packages give them, and each runs in a
# unit of its own. The servers listen on loopback addresses of their own. Sourced after mailservers.sh and cgroups.sh.

# Unpacks a package, if its program is not here already.
unpack_absent() { # PACKAGE PATH...
	local path
	unavailable=
	for path in "${@:2}"; do
		[[ ! -e $path ]] || unavailable="$path is here already, and is left alone"
	done
	[[ -n $unavailable ]] || unpack_package "$1" || unavailable="cannot get the package $1"
	[[ -z $unavailable ]]
}

# What is missing for a program that is in its place.
runs_here() { # PROGRAM
	unavailable=$(missing_libraries "$1")
	[[ -z $unavailable ]]
}

place_directory() { # PATH OWNER MODE
	install -d -o "${2%:*}" -g "${2#*:}" -m "$3" "$LAB/placed/$1"
	put_in_place "$LAB/placed/$1" "$1"
}

# ---- OpenSMTPD

place_opensmtpd() {
	unpack_absent opensmtpd /usr/sbin/smtpd /usr/sbin/smtpctl /var/spool/smtpd /var/lib/opensmtpd || return
	ensure_user opensmtpd
	ensure_user opensmtpq
	put_in_place "$unpacked/usr/sbin/smtpd" /usr/sbin/smtpd
	put_in_place "$unpacked/usr/sbin/smtpctl" /usr/sbin/smtpctl
	chgrp opensmtpq /usr/sbin/smtpctl
	chmod 2755 /usr/sbin/smtpctl
	put_in_place "$unpacked/usr/libexec/opensmtpd" /usr/libexec/opensmtpd
	place_directory /var/spool/smtpd root:root 711
	place_directory /var/lib/opensmtpd root:root 755
	install -d -m 755 /var/lib/opensmtpd/empty
	at_end rm -f /var/run/smtpd.sock
	at_end lab_end_processes
	install -d -m 755 "$LAB/opensmtpd"
	ln -s /usr/sbin/smtpctl "$LAB/opensmtpd/sendmail"
	runs_here /usr/sbin/smtpd
}

start_opensmtpd() {
	cat >"$LAB/opensmtpd/smtpd.conf" <<-END
		listen on 127.0.0.4
		action "out" relay helo server.example
		match from local for any action "out"
	END
	start_unit opensmtpd.service /usr/sbin/smtpd -d -f "$LAB/opensmtpd/smtpd.conf"
	wait_for 10 test -S /var/run/smtpd.sock && wait_for 10 listens "$SERVER" 127.0.0.4 25
}

# ---- Sendmail

place_sendmail() {
	unpack_absent sendmail-cf || return
	SENDMAIL_CF=$unpacked/usr/share/sendmail/cf
	unpack_absent sendmail-bin /usr/libexec/sendmail /etc/mail || return
	ensure_user smmta
	ensure_user smmsp
	put_in_place "$unpacked/usr/libexec/sendmail" /usr/libexec/sendmail
	chgrp smmsp /usr/libexec/sendmail/sendmail
	chmod 2755 /usr/libexec/sendmail/sendmail
	place_directory /etc/mail root:root 755
	at_end lab_end_processes
	runs_here /usr/libexec/sendmail/sendmail
}

make_sendmail_cf() { # FILE LINE...
	printf '%s\n' "divert(0)dnl" "OSTYPE(\`linux')dnl" "define(\`confDOMAIN_NAME', \`server.example')dnl" \
		"define(\`ALIAS_FILE', \`')dnl" "define(\`STATUS_FILE', \`')dnl" "${@:2}" |
		m4 -D_CF_DIR_="$SENDMAIL_CF/" "$SENDMAIL_CF/m4/cf.m4" - >"$1"
}

start_sendmail() {
	SENDMAIL_SPOOL=$LAB/sendmail
	install -d -m 755 "$SENDMAIL_SPOOL"
	install -d -m 700 "$SENDMAIL_SPOOL/mqueue"
	install -d -o smmsp -g smmsp -m 770 "$SENDMAIL_SPOOL/clients"
	make_sendmail_cf /etc/mail/sendmail.cf "define(\`QUEUE_DIR', \`$SENDMAIL_SPOOL/mqueue')dnl" \
		"define(\`confPID_FILE', \`$SENDMAIL_SPOOL/pid')dnl" "define(\`confTO_IDENT', \`0')dnl" \
		"DAEMON_OPTIONS(\`Name=MTA, Addr=127.0.0.2, Port=25')dnl" "FEATURE(\`no_default_msa')dnl" \
		"FEATURE(\`accept_unresolvable_domains')dnl" "FEATURE(\`accept_unqualified_senders')dnl" "MAILER(smtp)dnl"
	make_sendmail_cf /etc/mail/submit.cf "define(\`MSP_QUEUE_DIR', \`$SENDMAIL_SPOOL/clients')dnl" \
		"define(\`confPID_FILE', \`$SENDMAIL_SPOOL/client.pid')dnl" "define(\`confTO_IDENT', \`0')dnl" \
		"FEATURE(\`msp', \`[127.0.0.2]')dnl"
	touch /etc/mail/local-host-names /etc/mail/trusted-users
	start_unit sendmail.service /usr/libexec/sendmail/sendmail -bD -q1h
	wait_for 20 listens "$SERVER" 127.0.0.2 25
}

# ---- Relay clients

place_nullmailer() {
	local path
	unpack_absent nullmailer /usr/lib/nullmailer /etc/nullmailer /var/spool/nullmailer || return
	for path in /usr/lib/nullmailer /usr/sbin/nullmailer-queue /usr/sbin/nullmailer-send /usr/bin/nullmailer-inject; do
		put_in_place "$unpacked$path" "$path"
	done
	put_in_place "$unpacked/var/spool/nullmailer" /var/spool/nullmailer
	mkfifo /var/spool/nullmailer/trigger
	chown mail:root /var/spool/nullmailer/trigger
	chmod 622 /var/spool/nullmailer/trigger
	place_directory /etc/nullmailer root:root 755
	at_end lab_end_processes
	runs_here /usr/sbin/nullmailer-send
}

start_nullmailer() {
	echo "$SMARTHOST smtp --port=587" >/etc/nullmailer/remotes
	echo server.example >/etc/nullmailer/me
	start_unit nullmailer.service setpriv --reuid mail --regid mail --clear-groups /usr/sbin/nullmailer-send
}

place_msmtp() {
	unpack_absent msmtp /usr/bin/msmtp || return
	put_in_place "$unpacked/usr/bin/msmtp" /usr/bin/msmtp
	runs_here /usr/bin/msmtp
}

place_dma() {
	unpack_absent dma /usr/sbin/dma /etc/dma /var/spool/dma || return
	put_in_place "$unpacked/usr/sbin/dma" /usr/sbin/dma
	chmod 2755 /usr/sbin/dma
	place_directory /var/spool/dma root:mail 2775
	place_directory /etc/dma root:mail 755
	printf '%s\n' "SMARTHOST $SMARTHOST" 'PORT 587' 'MAILNAME server.example' >/etc/dma/dma.conf
	at_end lab_end_processes
	runs_here /usr/sbin/dma
}

# ---- Dovecot's submission, which hands on what its users send to the local Postfix

place_dovecot() {
	local submission program
	unpack_absent dovecot-submissiond || return
	submission=$unpacked/usr/lib/dovecot
	unpack_absent dovecot-core /usr/lib/dovecot /usr/sbin/dovecot /usr/bin/doveconf || return
	ensure_user dovecot
	ensure_user dovenull
	put_in_place "$unpacked/usr/lib/dovecot" /usr/lib/dovecot
	cp -a "$submission"/* /usr/lib/dovecot/
	for program in /usr/sbin/dovecot /usr/bin/doveconf; do
		put_in_place "$unpacked$program" "$program"
	done
	at_end lab_end_processes
	runs_here /usr/sbin/dovecot && runs_here /usr/lib/dovecot/submission
}

# Its users come to port 10587: it is not theirs that is watched. All of them have one UID, as panels have it.
start_dovecot() { # MAIL_USER
	install -d -m 755 "$LAB/dovecot"
	install -d -o "$1" -g "$1" -m 700 "$LAB/dovecot/mail"
	cat >"$LAB/dovecot/dovecot.conf" <<-END
		base_dir = $LAB/dovecot/run
		state_dir = $LAB/dovecot/state
		log_path = $LAB/dovecot/log
		protocols = submission
		listen = $SERVER_ADDRESS
		ssl = no
		disable_plaintext_auth = no
		first_valid_uid = 1
		first_valid_gid = 1
		import_environment = SMTPWATCH_LAB
		mail_location = maildir:~/Maildir
		hostname = server.example
		submission_relay_host = 127.0.0.1
		submission_relay_port = 25
		passdb {
		  driver = static
		  args = password=of-the-lab
		}
		userdb {
		  driver = static
		  args = uid=$1 gid=$1 home=$LAB/dovecot/mail/%u
		}
		service submission-login {
		  inet_listener submission {
		    port = 10587
		  }
		}
		service stats {
		  unix_listener stats-writer {
		    mode = 0666
		  }
		}
	END
	start_unit dovecot.service /usr/sbin/dovecot -F -c "$LAB/dovecot/dovecot.conf"
	wait_for 10 listens "$SERVER" "$SERVER_ADDRESS" 10587
}

# ---- monit, which looks whether the mail server answers

place_monit() {
	unpack_absent monit /usr/bin/monit || return
	put_in_place "$unpacked/usr/bin/monit" /usr/bin/monit
	runs_here /usr/bin/monit
}

# Its checks are less than what submission-rate counts for much: in life they are two minutes apart.
start_monit() { # SECONDS: between two checks
	install -d -m 700 "$LAB/monit"
	cat >"$LAB/monit/monitrc" <<-END
		set daemon $1
		set pidfile $LAB/monit/pid
		set idfile $LAB/monit/id
		set statefile $LAB/monit/state
		set logfile $LAB/monit/log
		check host postfix with address 127.0.0.1
		  if failed port 25 protocol smtp then alert
	END
	chmod 600 "$LAB/monit/monitrc"
	start_unit monit.service /usr/bin/monit -I -c "$LAB/monit/monitrc"
	wait_for 10 test -s "$LAB/monit/log"
}
