/* SPDX-License-Identifier: GPL-2.0-only */
/* One entry of the MTA list, and how lists of them are read. */
#ifndef SMTPWATCH_IDENTITY_MTA_ENTRY_H
#define SMTPWATCH_IDENTITY_MTA_ENTRY_H

#include "identity/file_id.h"
#include "lib/ini_file.h"

#include <smtpwatch/actor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MTA_FILES_MAX 8
#define MTA_USERS_MAX 8
#define MTA_ENTRIES_MAX 256
#define MTA_TEXT_SIZE 200 /* inih's longest line */

struct mta_file {
	char *path;
	struct file_id id;
	bool found;
	bool refused; /* it is there, but others than root could replace it */
};

struct mta_user {
	char *name;
	uint32_t uid;
	bool found;
};

struct mta_entry {
	char name[ACTOR_MTA_NAME_SIZE];
	int line;             /* where it was begun, while its file is being read; else 0 */
	enum actor_role role; /* ACTOR_ROLE_UNKNOWN: not said */
	bool enabled;
	bool any_user;
	struct mta_file files[MTA_FILES_MAX];
	size_t file_count;
	struct mta_user users[MTA_USERS_MAX];
	size_t user_count;
	char evidence[MTA_TEXT_SIZE];
};

/* In the order they were read. */
struct mta_entries {
	struct mta_entry *entries;
	size_t count;
};

int mta_entries_read_shipped(struct mta_entries *entries, struct ini_error *ret_error);

/* Every *.conf of the directory. A directory that does not exist has none. */
int mta_entries_read_directory(struct mta_entries *entries, const char *directory, struct ini_error *ret_error);
void mta_entries_clear(struct mta_entries *entries);

/* Looks up the entry's files and users on this host, anew. */
void mta_entry_resolve(struct mta_entry *entry);

bool mta_entry_has_user(const struct mta_entry *entry, uint32_t uid);
bool mta_entry_has_path(const struct mta_entry *entry, const char *path);
bool mta_entry_is_present(const struct mta_entry *entry);

#endif
