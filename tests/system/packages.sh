# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source it
# Real mail servers, from the machine's own package archive. Debian's Postfix and Exim exclude each other as
# packages, so they are not installed: they are unpacked, and what the daemon is to recognise is put at its
# true path, since that is what it goes by, and taken away again. Nothing that exists is overwritten.
# Sourced by lab.sh.

unpacked=            # the directory of the package that was asked for last
smtp_sink=           # the program
smtp_sink_libraries= # its LD_LIBRARY_PATH

PACKAGE_CACHE=${SMTPWATCH_CACHE:-/var/cache/smtpwatch}/packages

# Downloads a package unless it is in the cache, and unpacks it.
unpack_package() { # NAME
	local files
	unpacked=$LAB/packages/$1
	[[ ! -d $unpacked ]] || return 0
	mkdir -p "$PACKAGE_CACHE" "$LAB/packages"
	if ! compgen -G "$PACKAGE_CACHE/${1}_*.deb" >/dev/null; then
		(cd "$PACKAGE_CACHE" && apt-get -qq -o APT::Sandbox::User=root download "$1") >"$LAB/download.log" 2>&1 ||
			return 1
	fi
	files=("$PACKAGE_CACHE/${1}"_*.deb)
	dpkg-deb -x "${files[-1]}" "$unpacked" # as root it keeps owners, modes and hard links
}

# Puts a file or directory at a path of the host, and takes it away at the end, with the directories that
# had to be made for it.
put_in_place() { # SOURCE PATH
	local parent=${2%/*}
	[[ ! -e $2 && ! -L $2 ]] || return 1
	if [[ ! -d $parent ]]; then
		mkdir -m 755 "$parent" || return
		at_end rmdir "$parent"
		lab_placed+=("$parent")
	fi
	lab_placed+=("$2")
	at_end rm -rf "$2"
	cp -a "$1" "$2"
}

ensure_user() { # NAME
	! id "$1" >/dev/null 2>&1 || return 0
	lab_names+=("$1")
	at_end forget_user "$1"
	useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$1"
}

ensure_group() { # NAME
	! getent group "$1" >/dev/null || return 0
	lab_names+=("$1")
	at_end forget_group "$1"
	groupadd --system "$1"
}

forget_user() { # NAME
	userdel "$1" >/dev/null
	! getent group "$1" >/dev/null || forget_group "$1"
}

forget_group() { # NAME
	groupdel "$1"
}

# Says which shared libraries a program misses; nothing when it can run.
missing_libraries() { # PROGRAM
	ldd "$1" | sed -n 's/^[[:space:]]*\(.*\) => not found$/\1/p' | tr '\n' ' '
}

find_smtp_sink() {
	if smtp_sink=$(PATH=$PATH:/usr/sbin type -P smtp-sink); then
		return
	fi
	unpack_package postfix || return
	smtp_sink=$unpacked/usr/sbin/smtp-sink
	smtp_sink_libraries=$unpacked/usr/lib/postfix
}
