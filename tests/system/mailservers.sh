# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Postfix and Exim at their true paths, configured to deliver to a receiver of the lab without DNS, run in
# the server's network and the host's mount namespace. Sourced after lab.sh.

unavailable= # why a mail server cannot be had

# ---- Postfix

place_postfix() {
	unavailable=
	if [[ -e /usr/lib/postfix ]]; then
		unavailable="a postfix is installed here already, and is left alone"
	elif ! unpack_package postfix; then
		unavailable="cannot get the package postfix: $(tail -n 1 "$LAB/download.log")"
	fi
	[[ -z $unavailable ]] || return 1
	postfix_unpacked=$LAB/packages/postfix
	put_in_place "$postfix_unpacked/usr/lib/postfix" /usr/lib/postfix
	ensure_user postfix
	ensure_group postdrop
	at_end lab_end_processes # before its user and its files go
	unavailable=$(missing_libraries /usr/lib/postfix/sbin/smtp)
	[[ -z $unavailable ]]
}

configure_postfix() {
	POSTFIX=$LAB/postfix
	install -d -m 755 "$POSTFIX" "$POSTFIX/etc" "$POSTFIX/queue"
	cat >"$POSTFIX/etc/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $POSTFIX/queue
		data_directory = $POSTFIX/data
		daemon_directory = /usr/lib/postfix/sbin
		command_directory = $postfix_unpacked/usr/sbin
		shlib_directory = /usr/lib/postfix
		meta_directory = $postfix_unpacked/etc/postfix
		mail_owner = postfix
		setgid_group = postdrop
		maillog_file = $POSTFIX/log
		maillog_file_prefixes = $LAB
		import_environment = MAIL_CONFIG SMTPWATCH_LAB
		myhostname = server.example
		mydestination =
		local_recipient_maps =
		alias_maps =
		inet_interfaces = loopback-only
		smtp_bind_address =
		inet_protocols = ipv4
		smtp_dns_support_level = disabled
		smtp_host_lookup = native
	END
	cat >"$POSTFIX/etc/master.cf" <<-END
		pickup    unix       n - n 60  1 pickup
		cleanup   unix       n - n -   0 cleanup
		qmgr      unix       n - n 300 1 qmgr
		rewrite   unix       - - n -   - trivial-rewrite
		bounce    unix       - - n -   0 bounce
		defer     unix       - - n -   0 bounce
		trace     unix       - - n -   0 bounce
		error     unix       - - n -   - error
		retry     unix       - - n -   - error
		smtp      unix       - - n -   - smtp
		postlog   unix-dgram n - n -   1 postlogd
	END
	make_postfix_queue
}

make_postfix_queue() {
	local queue=$POSTFIX/queue
	install -d -o postfix -m 700 "$POSTFIX/data" \
		"$queue"/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace}
	install -d -o postfix -g postdrop -m 1730 "$queue/maildrop"
	install -d -o postfix -g postdrop -m 2710 "$queue/public"
	install -d -m 755 "$queue/pid"
}

start_postfix() {
	start_in "$SERVER" "$LAB/postfix.master.out" /usr/lib/postfix/sbin/master -c "$POSTFIX/etc" -d
	wait_for 10 test -S "$POSTFIX/queue/public/pickup"
}

# Programs and configuration lie where they were compiled to look: postdrop, which has its group, takes no other. It
# listens at port 25 of 127.0.0.1.
install_postfix() { # LINE...: of main.cf
	local name sbin=$postfix_unpacked/usr/sbin
	[[ ! -e /etc/postfix && ! -e /usr/sbin/sendmail ]] || return 1
	configure_postfix
	sed -i "/^command_directory/d" "$POSTFIX/etc/main.cf"
	printf '%s\n' 'command_directory = /usr/sbin' 'mynetworks = 127.0.0.0/8' \
		'smtpd_relay_restrictions = permit_mynetworks, reject' "$@" >>"$POSTFIX/etc/main.cf"
	cat >>"$POSTFIX/etc/master.cf" <<-END
		127.0.0.1:25 inet n - n - - smtpd
		anvil     unix       - - n -   1 anvil
		showq     unix       n - n - - showq
	END
	put_in_place "$POSTFIX/etc" /etc/postfix
	for name in sendmail postdrop postqueue; do
		put_in_place "$sbin/$name" "/usr/sbin/$name" || return
	done
	chgrp postdrop /usr/sbin/postdrop /usr/sbin/postqueue
	chmod 2755 /usr/sbin/postdrop /usr/sbin/postqueue
}

start_installed_postfix() {
	start_in "$SERVER" "$LAB/postfix.master.out" /usr/lib/postfix/sbin/master -d
	installed_postfix_is_up
}

installed_postfix_is_up() {
	wait_for 10 test -S "$POSTFIX/queue/public/pickup" && wait_for 10 listens "$SERVER" 127.0.0.1 25
}

send_by_postfix() { # RECIPIENT SUBJECT
	printf 'Subject: %s\n\nHello.\n' "$2" |
		in_net "$SERVER" "$postfix_unpacked/usr/sbin/sendmail" -C "$POSTFIX/etc" -f shop@server.example "$1"
}

# ---- Exim

place_exim() {
	unavailable=
	if [[ -e /usr/sbin/exim4 || -e /etc/exim4 ]]; then
		unavailable="an exim4 is installed here already, and is left alone"
	elif ! unpack_package exim4-daemon-light; then
		unavailable="cannot get the package exim4-daemon-light: $(tail -n 1 "$LAB/download.log")"
	fi
	[[ -z $unavailable ]] || return 1
	put_in_place "$LAB/packages/exim4-daemon-light/usr/sbin/exim4" /usr/sbin/exim4
	ensure_user Debian-exim
	at_end lab_end_processes
	unavailable=$(missing_libraries /usr/sbin/exim4)
	[[ -z $unavailable ]]
}

# Exim gives up root when it is given a configuration on the command line, so it has to lie where it was
# compiled to look.
configure_exim() { # [RECEIVER]: for all mail; else it goes where DNS says
	local route=$'driver = dnslookup\n  domains = *'
	[[ $# -eq 0 ]] || route=$'driver = manualroute\n  route_list = * '$1
	EXIM=$LAB/exim
	install -d -o Debian-exim -g Debian-exim -m 750 "$EXIM" "$EXIM/spool" "$EXIM/log"
	cat >"$LAB/exim4.conf" <<-END
		primary_hostname = server.example
		spool_directory = $EXIM/spool
		log_file_path = $EXIM/log/%slog
		disable_ipv6 = true
		keep_environment =
		add_environment = SMTPWATCH_LAB=$LAB
		host_lookup =

		begin routers
		direct:
		  $route
		  transport = remote

		begin transports
		remote:
		  driver = smtp
		  dnssec_request_domains =
		  hosts_try_dane =

		begin retry
		* * F,2h,15m
	END
	chmod 644 "$LAB/exim4.conf"
	put_in_place "$LAB/exim4.conf" /etc/exim4/exim4.conf
}

# Hands a message to Exim as a user does, and returns when it has tried to deliver it.
send_by_exim() { # USER RECIPIENT SUBJECT
	printf 'Subject: %s\n\nHello.\n' "$3" | in_net "$SERVER" \
		setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups /usr/sbin/exim4 -odf "$2"
}
