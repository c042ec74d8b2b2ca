// SPDX-License-Identifier: GPL-2.0-only
#include "identity/host.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void cleanup_addresses(struct ifaddrs **addresses)
{
	if (*addresses)
		freeifaddrs(*addresses);
}

static bool address_of(const struct sockaddr *given, struct address *ret_address)
{
	if (given && given->sa_family == AF_INET)
		*ret_address = address_from_ipv4(&((const struct sockaddr_in *)(const void *)given)->sin_addr);
	else if (given && given->sa_family == AF_INET6)
		memcpy(ret_address->bytes, &((const struct sockaddr_in6 *)(const void *)given)->sin6_addr,
		       sizeof(ret_address->bytes));
	else
		return false;
	return true;
}

int host_add_addresses(struct scopes *scopes)
{
	_cleanup_(cleanup_addresses) struct ifaddrs *addresses = NULL;
	if (getifaddrs(&addresses) != 0)
		return -errno;
	for (const struct ifaddrs *entry = addresses; entry; entry = entry->ifa_next) {
		struct prefix prefix = {.length = 128};
		if (!address_of(entry->ifa_addr, &prefix.address))
			continue;
		int error = scopes_add(scopes, &prefix, SW_SCOPE_HOST);
		if (error)
			return error;
	}
	return 0;
}

int host_watch_addresses(void)
{
	const struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&groups, sizeof(groups)) == 0)
		return fd;
	int error = -errno;
	close(fd);
	return error;
}

void host_drain_watch(int fd)
{
	char buffer[8192];
	/* ENOBUFS says that messages were dropped: nothing is lost, since addresses are read anew anyway. */
	while (recv(fd, buffer, sizeof(buffer), 0) > 0 || errno == ENOBUFS)
		errno = 0;
}

uint32_t host_network_namespace(void)
{
	struct stat status;
	return stat("/proc/self/ns/net", &status) == 0 ? (uint32_t)status.st_ino : 0;
}

uint32_t host_mount_namespace(void)
{
	struct stat status;
	if (stat("/proc/1/ns/mnt", &status) != 0 && stat("/proc/self/ns/mnt", &status) != 0)
		return 0;
	return (uint32_t)status.st_ino;
}

/* The first name in a hosts file that goes on where `name` ends. */
static bool find_domain_in(const char *path, const char *name, char found[HOST_NAME_SIZE])
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char line[1024];
	size_t length = strlen(name);

	while (file && fgets(line, sizeof(line), file)) {
		char *rest = line;
		line[strcspn(line, "#\n")] = '\0';
		strsep(&rest, " \t"); /* the address */
		for (char *word; (word = strsep(&rest, " \t"));) {
			if (strncasecmp(word, name, length) != 0 || word[length] != '.' ||
			    strlen(word) >= HOST_NAME_SIZE)
				continue;
			snprintf(found, HOST_NAME_SIZE, "%s", word);
			return true;
		}
	}
	return false;
}

static bool read_name(const char *path, char name[HOST_NAME_SIZE])
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file || !fgets(name, HOST_NAME_SIZE, file))
		return false;
	name[strcspn(name, " \t\n")] = '\0';
	return strchr(name, '.') != NULL;
}

bool host_find_name(char ret_name[HOST_NAME_SIZE])
{
	char name[HOST_NAME_SIZE];
	char longer[HOST_NAME_SIZE];

	if (gethostname(name, sizeof(name)) != 0 || name[0] == '\0')
		return false;
	name[sizeof(name) - 1] = '\0';
	bool has_longer = !strchr(name, '.') &&
			  (find_domain_in("/etc/hosts", name, longer) || read_name("/etc/mailname", longer));
	snprintf(ret_name, HOST_NAME_SIZE, "%s", has_longer ? longer : name);
	return true;
}
