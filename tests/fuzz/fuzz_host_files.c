// SPDX-License-Identifier: GPL-2.0-only
/* Files of this host: subuid(5) and, each behind a NUL, hosts(5) and /etc/mailname. */
#include "files.h"
#include "identity/subordinates.h"

#include <stdio.h>

static FILE *open_part(const char *path, const char *mode);
static int get_name(char *name, size_t size);

#define fopen open_part
#define gethostname get_name
#include "identity/host.c"
#undef fopen
#undef gethostname

static struct part hosts;
static struct part mail_name;

static FILE *open_part(const char *path, const char *mode)
{
	return fdopen(part_open(strcmp(path, "/etc/hosts") == 0 ? hosts : mail_name), mode);
}

static int get_name(char *name, size_t size)
{
	snprintf(name, size, "web1");
	return 0;
}

static void check_owners(struct part part)
{
	static const uint32_t uids[] = {0, 100000, UINT32_MAX};
	_cleanup_close_ int fd = part_open(part);
	_cleanup_(cleanup_users_free) struct users *users = users_new();
	char path[64];
	char name[ACTOR_USER_NAME_SIZE];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	_cleanup_(cleanup_subordinates_free) struct subordinates *subordinates = subordinates_new(path, users);
	EXPECT(subordinates);
	for (size_t i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
		subordinates_owner(subordinates, uids[i], name);
		EXPECT(strnlen(name, sizeof(name)) < sizeof(name));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct part rest = {bytes, size};
	char name[HOST_NAME_SIZE];

	check_owners(part_take(&rest));
	hosts = part_take(&rest);
	mail_name = rest;
	EXPECT(host_find_name(name) && name[0] && strnlen(name, sizeof(name)) < sizeof(name));
	return 0;
}
