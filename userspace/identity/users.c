// SPDX-License-Identifier: GPL-2.0-only
#include "identity/users.h"

#include "lib/clock.h"
#include "lib/table.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#define USERS_REMEMBERED 4096
#define REMEMBER_NS (300 * NANOSECONDS_A_SECOND)

struct user {
	struct table_link link;
	uint64_t asked_ns;
	uint32_t uid;
	char name[ACTOR_USER_NAME_SIZE];
};

struct users {
	struct table *table;
};

struct users *users_new(void)
{
	_cleanup_(cleanup_users_free) struct users *users = calloc(1, sizeof(*users));
	if (!users)
		return NULL;
	users->table = table_new(USERS_REMEMBERED, offsetof(struct user, uid), sizeof(uint32_t), free);
	return users->table ? TAKE_PTR(users) : NULL;
}

void users_free(struct users *users)
{
	if (users)
		table_free(users->table);
	free(users);
}

static void ask(uint32_t uid, char ret_name[ACTOR_USER_NAME_SIZE])
{
	struct passwd entry;
	struct passwd *found = NULL;
	char buffer[4096];

	ret_name[0] = '\0';
	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
		snprintf(ret_name, ACTOR_USER_NAME_SIZE, "%s", found->pw_name);
}

static struct user *remember(struct users *users, uint32_t uid)
{
	struct user *user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->uid = uid;
	table_push(users->table, user);
	return user;
}

void users_name(struct users *users, uint32_t uid, char ret_name[ACTOR_USER_NAME_SIZE])
{
	uint64_t now = clock_boot_ns();
	struct user *user = table_find(users->table, &uid);

	if (user && now - user->asked_ns < REMEMBER_NS) {
		memcpy(ret_name, user->name, sizeof(user->name));
		return;
	}
	ask(uid, ret_name);
	if (!user)
		user = remember(users, uid);
	if (!user)
		return;
	user->asked_ns = now;
	memcpy(user->name, ret_name, sizeof(user->name));
	table_touch(users->table, user);
}
