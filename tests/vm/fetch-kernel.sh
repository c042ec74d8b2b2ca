#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: fetch-kernel.sh CACHE NAME SUITE PATTERN
#
# Makes CACHE/NAME a link to a directory with vmlinuz and lib/modules/RELEASE: the newest package of
# SUITE whose whole name matches PATTERN, from the archive that this machine is configured for.
# Nothing is installed. Exits 0 when the kernel is there, 1 with the reason on stderr when not.
set -euo pipefail

readonly refresh_after_minutes=1440
cache=$1 name=$2 suite=$3 pattern=$4
index=$cache/index/$suite

os_release() {
	# shellcheck source=/dev/null
	(. /etc/os-release && echo "${!1-}")
}

# Where the machine gets its own release from. apt itself reads its configuration here, so every
# format of it is understood. Third-party archives may use the same release name; they are weeded
# out later, as the distribution's keyring does not verify them.
archive_uris() {
	local release
	for release in "$(os_release VERSION_CODENAME)" stable testing unstable sid; do
		apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$release/InRelease' .*|\1|p"
	done
}

distribution_keyring() {
	local file
	for file in /usr/share/keyrings/"$(os_release ID)"-archive-keyring.{gpg,pgp}; do
		[[ ! -r $file ]] || { echo "$file" && return; }
	done
	echo "no keyring of the distribution's archive in /usr/share/keyrings" >&2
	return 1
}

# The machine's proxies, credentials and timeouts stay in force; its lists, pins and hooks do not,
# so that nothing of its own state is read or written.
write_apt_configuration() {
	mkdir -p "$index/state" "$index/cache"
	cat >"$index/apt.conf" <<-END
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Architectures;
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Dir::State "$index/state";
		Dir::State::status "/dev/null";
		Dir::Cache "$index/cache";
		Dir::Etc::sourcelist "$index/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
	END
}

refresh_index() {
	local keyring uri
	keyring=$(distribution_keyring) || return 1
	write_apt_configuration || return 1
	while read -r uri; do
		echo "deb [signed-by=$keyring] $uri $suite main" >"$index/sources.list"
		apt-get -c "$index/apt.conf" -qq update >&2 && return
	done < <(archive_uris)
	echo "the configured package archive has no $suite, or does not answer" >&2
	return 1
}

newest_package() {
	apt-cache -c "$index/apt.conf" search --names-only "^$pattern\$" | cut -d' ' -f1 |
		grep -vE -e '-dbg$|-unsigned$' | sort -V | tail -n 1 | grep . && return
	echo "no package of $suite matches $pattern" >&2
	return 1
}

version_of() {
	apt-cache -c "$index/apt.conf" show --no-all-versions "$1" | sed -n 's/^Version: //p'
}

# Newer images are split: their package only names those that hold the kernel, its modules and the
# list of what is built in.
parts_of() {
	echo "$1"
	apt-cache -c "$index/apt.conf" depends --important "$1" |
		sed -nE 's/^ *Depends: (linux-(base|binary|modules)-[0-9].*)/\1/p'
}

# Which directory holds what has changed between releases.
unpack() {
	local dir=$1 tree=$1/tree deb modules image
	for deb in "$dir"/*.deb; do
		dpkg-deb -x "$deb" "$tree" || return 1
	done
	modules=$(find "$tree/lib/modules" "$tree/usr/lib/modules" -maxdepth 0 2>/dev/null) || :
	mkdir "$dir/lib" && mv "$modules" "$dir/lib/" || return 1
	image=$(find "$tree" "$dir/lib/modules" -name 'vmlinuz*' | head -n 1)
	mv "$image" "$dir/vmlinuz" || return 1
	busybox depmod -b "$dir" "$(basename "$dir"/lib/modules/*)" || return 1
	rm -rf "$tree" "$dir"/*.deb
}

# What is unfinished has another name than what is finished.
download() {
	local package=$1 target=$2 part=$cache/part
	rm -rf "$part" && mkdir "$part" || return 1
	parts_of "$package" >"$part/packages" || return 1
	(cd "$part" && xargs apt-get -c "$index/apt.conf" -qq download <packages >&2) || return 1
	unpack "$part" && mv -T "$part" "$target"
}

update_kernel() {
	local package target
	refresh_index || return 1
	package=$(newest_package) || return 1
	target=${package}_$(version_of "$package") || return 1
	[[ -d $cache/$target ]] || download "$package" "$cache/$target" || return 1
	ln -sfn "$target" "$cache/link" && mv -T "$cache/link" "$cache/$name"
}

is_fresh() { [[ -n $(find "$cache/$name" -maxdepth 0 -mmin "-$refresh_after_minutes" 2>/dev/null) ]]; }

exec 9>"$cache/lock"
flock 9
is_fresh || update_kernel && exit 0
[[ -e $cache/$name/vmlinuz ]] || exit 1
echo "the package archive could not be asked, taking the $name that was fetched before" >&2
