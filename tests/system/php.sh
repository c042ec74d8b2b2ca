# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for those who source it, and what it uses is lab.sh's
# PHP in the ways that hosts run it, for a site in the lab: php-fpm alone and behind nginx, the built-in server,
# CGI, Apache's module. Nothing of it uses the machine's own configuration. Sourced after lab.sh.

# shellcheck source=tests/system/hidden_php.sh
source "$SYSTEM_TESTS/hidden_php.sh"

PHP=$(readlink -f /usr/bin/php || true)
PHP_FPM=$(compgen -G '/usr/sbin/php-fpm?*' | tail -n 1 || true)
PHP_VERSION=${PHP:+$("$PHP" -n -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')}
PERL=$(readlink -f /usr/bin/perl)
SERVER_ADDRESS=192.0.2.81

unavailable= # why something cannot be had

need_php() {
	[[ -n $PHP && -n $PHP_FPM ]] || skip_all "php or php-fpm is missing"
	type -P cgi-fcgi >/dev/null || skip_all "cgi-fcgi is missing"
}

# ---- The site

# The site shop42, in the layout $LAB/www/SITE/htdocs, which the daemon is told of by $SITE_OPTION.
make_site() {
	SITE=shop42
	SHOP=$LAB/www/$SITE/htdocs
	SITE_OPTION="site = $LAB/www/{site}/htdocs"
	install -d -m 755 "$LAB/www" "$LAB/www/$SITE" "$SHOP"
}

# Puts a client's script under a path of the site.
put_script() { # CLIENT PATH
	install -d -m 755 "$(dirname "$SHOP/$2")"
	install -m 644 "$CLIENTS/$1" "$SHOP/$2"
}

# ---- Programs

# What others than the clients of every test are compiled to: a library to preload, a program that is no PHP.
build_php_clients() {
	local compiler=${CC:-cc} flags=(-std=gnu11 -O1 -Wall -Wextra -Wconversion -Wshadow -pthread)
	IDLE_LIBRARY=$CLIENTS/idle.so
	FAKE_PHP=$CLIENTS/fake-php
	"$compiler" "${flags[@]}" -fPIC -shared -o "$IDLE_LIBRARY" "$SYSTEM_TESTS/clients/idle.c"
	"$compiler" "${flags[@]}" -rdynamic -o "$FAKE_PHP" "$SYSTEM_TESTS/clients/fake_php.c"
	prepare_idle_connections
}

# Put before a server's command, IDLE gives each of its workers a thread that connects to MX_SECOND when it is asked
# to, whether the worker serves a request or not (clients/idle.c).
prepare_idle_connections() {
	install -d -m 777 "$LAB/idle"
	IDLE_TRIGGER=$LAB/idle/worker
	IDLE=(env "LD_PRELOAD=$IDLE_LIBRARY" "IDLE_TRIGGER=$IDLE_TRIGGER" "IDLE_ADDRESS=$MX_SECOND")
}

connect_between_requests() { # PID
	touch "$IDLE_TRIGGER.$1"
	wait_for 5 test ! -e "$IDLE_TRIGGER.$1" || diagnose "the worker $1 does not connect when asked"
}

# ---- php-fpm

# Starts a php-fpm with one worker, which runs as a bare uid. Its socket is $LAB/fpm.NAME.socket; its pool has its
# name. FPM is its last argument of the command, or -n is.
start_fpm() { # NAME UID COMMAND...
	cat >"$LAB/fpm.$1.conf" <<-END
		[global]
		error_log = $LAB/fpm.$1.log
		pid = $LAB/fpm.$1.pid
		[$1]
		user = $2
		group = $2
		listen = $LAB/fpm.$1.socket
		listen.mode = 0666
		pm = static
		pm.max_children = 1
	END
	start_in "$SERVER" "$LAB/fpm.$1.out" "${@:3}" --nodaemonize --fpm-config "$LAB/fpm.$1.conf"
	fpm_pid=$started_pid
	wait_for 10 test -S "$LAB/fpm.$1.socket"
}

# Asks a php-fpm for a script of the site, without a web server between, and prints the answer.
ask_fpm() { # NAME PATH [QUERY]
	SCRIPT_FILENAME=$SHOP$2 SCRIPT_NAME=$2 REQUEST_URI=$2${3:+?$3} REQUEST_METHOD=GET QUERY_STRING=${3:-} \
		cgi-fcgi -bind -connect "$LAB/fpm.$1.socket"
}

# Which process answered: send.php and its like end with that.
answering_pid() {
	sed -n 's/^sent by process \([0-9]*\).*/\1/p'
}

# ---- Web servers

# Asks a web server as a client beside it does, and prints the answer.
ask_web() { # METHOD URL
	in_net "$SERVER" /usr/bin/python3 "$CLIENTS/request.py" "$@"
}

find_nginx() {
	unavailable=
	if NGINX=$(PATH=$PATH:/usr/sbin type -P nginx); then
		return
	fi
	if ! unpack_package nginx && ! unpack_package nginx-light; then
		unavailable="cannot get the package nginx"
		return 1
	fi
	NGINX=$unpacked/usr/sbin/nginx
	unavailable=$(missing_libraries "$NGINX")
	[[ -z $unavailable ]]
}

# Serves the site, PHP by the php-fpm of that name.
start_nginx() { # PORT FPM
	local prefix=$LAB/nginx
	install -d -m 755 "$prefix"
	cat >"$prefix/nginx.conf" <<-END
		daemon off;
		user root root;
		worker_processes 1;
		pid $prefix/pid;
		error_log $prefix/error.log;
		events {}
		http {
		  access_log off;
		  client_body_temp_path $prefix/body;
		  proxy_temp_path $prefix/proxy;
		  fastcgi_temp_path $prefix/fastcgi;
		  uwsgi_temp_path $prefix/uwsgi;
		  scgi_temp_path $prefix/scgi;
		  server {
		    listen $SERVER_ADDRESS:$1;
		    root $SHOP;
		    location ~ \.php\$ {
		      fastcgi_pass unix:$LAB/fpm.$2.socket;
		      fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
		      fastcgi_param SCRIPT_NAME \$fastcgi_script_name;
		      fastcgi_param REQUEST_URI \$request_uri;
		      fastcgi_param REQUEST_METHOD \$request_method;
		      fastcgi_param QUERY_STRING \$query_string;
		      fastcgi_param CONTENT_TYPE \$content_type;
		      fastcgi_param CONTENT_LENGTH \$content_length;
		    }
		  }
		}
	END
	start_in "$SERVER" "$prefix/out" "$NGINX" -p "$prefix" -e "$prefix/error.log" -c "$prefix/nginx.conf"
	wait_for 10 listens "$SERVER" "$SERVER_ADDRESS" "$1"
}

start_builtin_server() { # UID PORT PHP...
	start_in "$SERVER" "$LAB/builtin.$2.out" setpriv --reuid "$1" --regid "$1" --clear-groups \
		"${@:3}" -S "$SERVER_ADDRESS:$2" -t "$SHOP"
	builtin_pid=$started_pid
	wait_for 10 listens "$SERVER" "$SERVER_ADDRESS" "$2"
}

find_php_cgi() {
	unavailable=
	if PHP_CGI=$(type -P php-cgi); then
		PHP_CGI=$(readlink -f "$PHP_CGI")
		return
	fi
	if ! unpack_package "php$PHP_VERSION-cgi"; then
		unavailable="cannot get the package php$PHP_VERSION-cgi"
		return 1
	fi
	PHP_CGI=$unpacked/usr/bin/php-cgi$PHP_VERSION
	unavailable=$(missing_libraries "$PHP_CGI")
	[[ -z $unavailable ]]
}

# ---- Apache, with PHP as its module

find_apache() {
	local name module
	unavailable=
	APACHE_LIBRARIES=
	for name in libapr1 libaprutil1 apache2-bin "libapache2-mod-php$PHP_VERSION"; do
		if ! unpack_package "$name" && ! unpack_package "${name}t64"; then
			unavailable="cannot get the package $name"
			return 1
		fi
		[[ $name != libapr* ]] || APACHE_LIBRARIES+=${APACHE_LIBRARIES:+:}$(echo "$unpacked"/usr/lib/*-linux-gnu*)
	done
	APACHE=$LAB/packages/apache2-bin/usr/sbin/apache2
	APACHE_MODULES=$LAB/packages/apache2-bin/usr/lib/apache2/modules
	module=$unpacked/usr/lib/apache2/modules/libphp$PHP_VERSION.so
	APACHE_PHP=$module
	unavailable=$(LD_LIBRARY_PATH=$APACHE_LIBRARIES missing_libraries "$APACHE")$(missing_libraries "$module")
	[[ -z $unavailable ]]
}

# Serves the site by one worker, which runs as a user: one with a name.
start_apache() { # PORT USER [COMMAND...]: one that is put before Apache's
	local prefix=$LAB/apache.$1
	install -d -m 755 "$prefix"
	cat >"$prefix/apache.conf" <<-END
		ServerRoot $prefix
		ServerName shop.example
		DefaultRuntimeDir $prefix
		PidFile $prefix/pid
		ErrorLog $prefix/error.log
		Mutex pthread
		Listen $SERVER_ADDRESS:$1
		LoadModule mpm_prefork_module $APACHE_MODULES/mod_mpm_prefork.so
		LoadModule authz_core_module $APACHE_MODULES/mod_authz_core.so
		LoadModule php_module $APACHE_PHP
		User $2
		Group $2
		StartServers 1
		MinSpareServers 1
		MaxSpareServers 1
		MaxRequestWorkers 1
		DocumentRoot $SHOP
		<FilesMatch "\.php$">
		  SetHandler application/x-httpd-php
		</FilesMatch>
	END
	start_in "$SERVER" "$prefix/out" "${@:3}" \
		env LD_LIBRARY_PATH="$APACHE_LIBRARIES" "$APACHE" -DFOREGROUND -f "$prefix/apache.conf"
	apache_pid=$started_pid
	wait_for 10 listens "$SERVER" "$SERVER_ADDRESS" "$1"
}

# Apache ends its workers, unloads its modules and loads them again.
restart_apache_gracefully() { # PORT
	local before
	before=$(apache_starts "$1")
	kill -USR1 "$apache_pid"
	wait_for 10 apache_has_started "$1" $((before + 1))
}

apache_starts() { # PORT
	grep -c 'resuming normal operations' "$LAB/apache.$1/error.log" || true
}

apache_has_started() { # PORT TIMES
	(($(apache_starts "$1") >= $2))
}

# ---- What the daemon says of a script

is_direct="$is_alert and .rule.id == \"direct-to-mx\""
is_submission='.event.action == "submission"'

# The test is a script as well, and whatever it starts inherits it: that is as good as none.
script=".smtpwatch.script // {} | if .source == \"argv\" and .path == \"$SYSTEM_TESTS/${0##*/}\" then {} else . end"
script_fields="($script | .path, .url, .method, .source, (.inherited // false))"

by_pid() { # PID
	printf '.process.pid == %d' "${1:-0}" # a client that did not come so far is a test that fails
}

# The script of the first line that a filter picks: path, URL, method, source, and whether it is an ancestor's.
told_script() { # NAME FILTER PATH URL METHOD SOURCE [INHERITED]
	is "$1" "$(first_said "$2" "$script_fields")" "$3 $4 $5 $6 ${7:-false}"
}

# An alert that a PHP raised by itself, serving a request for a script of the site.
flagged_request() { # NAME PID PATH METHOD [SOURCE]
	told_script "$1" "$is_direct and $(by_pid "$2")" "$SHOP$3" "$3" "$4" "${5:-php-request}"
}

# Of a worker's connections outside its requests, of which there are so many by now, the newest names no script. There
# may be a URL: php-fpm's record keeps it, and a function for the request's end connects in the same state.
told_nothing_at() { # NAME PID TIMES
	local filter
	filter="$is_attempt and $(by_pid "$2") and .destination.ip == \"$MX_SECOND\""
	wait_for 5 has_said "$filter" "$3" || true
	is "$1" "$(count_said "$filter") $(last_said "$filter" "($script | .path)")" "$3 -"
}
