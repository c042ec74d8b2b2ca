/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of MTAs that the tests write, and a folder that belongs to root for the executables they name. */
#ifndef SMTPWATCH_TESTS_IDENTITY_MTA_HOUSE_H
#define SMTPWATCH_TESTS_IDENTITY_MTA_HOUSE_H

#include "identity/file_id.h"
#include "identity/mta.h"
#include "support/observations.h"

#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <sys/stat.h>

struct house {
	char lists[40];    /* holds the *.conf */
	char programs[40]; /* root's, 0755; empty where the test does not run as root */
	uint32_t mail_uid; /* of the user that the lists name */
	uint32_t other_uid;
	uint32_t host_mount_namespace;
};

#define MAIL_USER "daemon" /* one that every distribution has */
#define OTHER_USER "nobody"
#define PATH_SIZE 128

static inline int set_up(void **state)
{
	static struct house house;
	struct stat status;

	house = (struct house){.lists = "/tmp/smtpwatch-unit.XXXXXX", .programs = "/root/smtpwatch-unit.XXXXXX"};
	*state = &house;
	if (!mkdtemp(house.lists))
		return -1;
	if (geteuid() != 0)
		house.programs[0] = '\0';
	else if (!mkdtemp(house.programs) || chmod(house.programs, 0755) != 0)
		return -1;
	house.mail_uid = getpwnam(MAIL_USER)->pw_uid;
	house.other_uid = getpwnam(OTHER_USER)->pw_uid;
	if (stat("/proc/1/ns/mnt", &status) != 0 && stat("/proc/self/ns/mnt", &status) != 0)
		return -1;
	house.host_mount_namespace = (uint32_t)status.st_ino;
	return 0;
}

static inline int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static inline int tear_down(void **state)
{
	struct house *house = *state;

	nftw(house->lists, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	if (house->programs[0])
		nftw(house->programs, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static inline void write_list(const struct house *house, const char *name, const char *content)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", house->lists, name);
	FILE *stream = fopen(path, "we");
	assert_non_null(stream);
	fputs(content, stream);
	assert_int_equal(fclose(stream), 0);
}

static inline struct mta_list *load(const struct house *house)
{
	struct mta_list *list = NULL;
	struct ini_error error = {""};

	if (mta_list_load(house->lists, &list, &error) != 0)
		fail_msg("%s", error.message);
	return list;
}

/* What --list-mta says; good until the next call. */
static inline const char *printed(const struct mta_list *list)
{
	static char text[65536];
	FILE *stream = fmemopen(text, sizeof(text), "w");

	assert_non_null(stream);
	mta_list_print(list, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

#endif
