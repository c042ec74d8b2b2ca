// SPDX-License-Identifier: GPL-2.0-only
#include "identity/mta_entry.h"

#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/ini_directory.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

/* The shipped list, as it lies in the tree. */
__asm__(".section .rodata\n"
	"mta_shipped_text: .incbin \"userspace/identity/mta.conf\"\n"
	"mta_shipped_text_end:\n"
	".previous\n");
extern const char mta_shipped_text[];
extern const char mta_shipped_text_end[];

static void clear_entry(struct mta_entry *entry)
{
	for (size_t i = 0; i < entry->file_count; i++)
		free(entry->files[i].path);
	for (size_t i = 0; i < entry->user_count; i++)
		free(entry->users[i].name);
	memset(entry, 0, sizeof(*entry));
}

void mta_entries_clear(struct mta_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		clear_entry(&entries->entries[i]);
	free(entries->entries);
	*entries = (struct mta_entries){0};
}

/* One file being read: an entry replaces one of its name that stood in an earlier file. */
struct reading {
	struct mta_entries *entries;
	struct mta_entry *current;
};

static int take_role(struct mta_entry *entry, const struct ini_place *place, const char *value)
{
	if (strcmp(value, "mta") == 0)
		entry->role = ACTOR_ROLE_MTA;
	else if (strcmp(value, "relay-client") == 0)
		entry->role = ACTOR_ROLE_RELAY_CLIENT;
	else
		return ini_fail(place, "a role is mta or relay-client");
	return 0;
}

static int take_executable(struct mta_entry *entry, const struct ini_place *place, const char *value)
{
	if (value[0] != '/')
		return ini_fail(place, "an executable is an absolute path");
	if (entry->file_count == MTA_FILES_MAX)
		return ini_fail(place, "an entry has at most %d executables", MTA_FILES_MAX);
	char *path = strdup(value);
	if (!path)
		return -ENOMEM;
	entry->files[entry->file_count++].path = path;
	return 0;
}

static int take_user(struct mta_entry *entry, const struct ini_place *place, const char *value)
{
	if (strcmp(value, "*") == 0) {
		entry->any_user = true;
		return 0;
	}
	if (entry->user_count == MTA_USERS_MAX)
		return ini_fail(place, "an entry has at most %d users", MTA_USERS_MAX);
	char *name = strdup(value);
	if (!name)
		return -ENOMEM;
	entry->users[entry->user_count++].name = name;
	return 0;
}

static int take_evidence(struct mta_entry *entry, const struct ini_place *place, const char *value)
{
	(void)place;
	snprintf(entry->evidence, sizeof(entry->evidence), "%s", value);
	return 0;
}

static int take_enabled(struct mta_entry *entry, const struct ini_place *place, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return ini_fail(place, "enabled is yes or no");
	entry->enabled = value[0] == 'y';
	return 0;
}

static const struct {
	const char *name;
	int (*take)(struct mta_entry *entry, const struct ini_place *place, const char *value);
} keys[] = {
	{"role", take_role},         {"executable", take_executable}, {"user", take_user},
	{"evidence", take_evidence}, {"enabled", take_enabled},
};

static struct mta_entry *find_by_name(struct mta_entries *entries, const char *name)
{
	for (size_t i = 0; i < entries->count; i++)
		if (strcmp(entries->entries[i].name, name) == 0)
			return &entries->entries[i];
	return NULL;
}

static int begin_entry(struct reading *reading, const struct ini_place *place, const char *name)
{
	struct mta_entries *entries = reading->entries;
	struct mta_entry *entry = find_by_name(entries, name);

	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");
	if (length == 0 || name[length] != '\0' || length >= sizeof(entry->name))
		return ini_fail(place, "an entry begins with [name]: letters, digits, - _ . and at most %zu of them",
				sizeof(entry->name) - 1);
	if (entry && entry->line)
		return ini_fail(place, "entry [%s] is given twice, first with a key in line %d", entry->name,
				entry->line);
	if (entry) {
		clear_entry(entry);
	} else {
		if (entries->count == MTA_ENTRIES_MAX)
			return ini_fail(place, "more than %d entries", MTA_ENTRIES_MAX);
		entry = reallocarray(entries->entries, entries->count + 1, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		entries->entries = entry;
		entry = &entries->entries[entries->count++];
		memset(entry, 0, sizeof(*entry));
	}
	memcpy(entry->name, name, length);
	entry->line = place->line;
	entry->enabled = true;
	reading->current = entry;
	return 0;
}

static int take_key(void *context, const struct ini_place *place, const char *section, const char *key,
		    const char *value)
{
	struct reading *reading = context;
	char shown[INI_SHOWN_SIZE];

	if (!reading->current || strcmp(reading->current->name, section) != 0) {
		int error = begin_entry(reading, place, section);
		if (error)
			return error;
	}
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strcmp(keys[i].name, key) == 0)
			return keys[i].take(reading->current, place, value);
	return ini_fail(place, "unknown key \"%s\": an entry has role, executable, user, evidence and enabled",
			ini_show(shown, key, strlen(key)));
}

static const struct ini_handlers handlers = {.take_key = take_key};

/* What an entry lacks. One that says too little would trust too much, or nothing. */
static const char *find_missing(const struct mta_entry *entry)
{
	if (!entry->enabled)
		return NULL;
	if (entry->role == ACTOR_ROLE_UNKNOWN)
		return "a role";
	if (entry->file_count == 0)
		return "an executable";
	if (entry->any_user ? entry->role == ACTOR_ROLE_MTA : entry->user_count == 0)
		return "a user by name (\"*\" is for a relay-client only)";
	return NULL;
}

/* Checks the entries of the file that was just read. */
static int check_entries(struct mta_entries *entries, const char *file, struct ini_error *ret_error)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct mta_entry *entry = &entries->entries[i];
		const struct ini_place place = {.file = file, .line = entry->line, .error = ret_error};
		const char *missing = entry->line ? find_missing(entry) : NULL;

		if (missing)
			return ini_fail(&place, "entry [%s] needs %s", entry->name, missing);
		entry->line = 0;
	}
	return 0;
}

static int read_file(void *context, const char *path, struct ini_error *ret_error)
{
	struct mta_entries *entries = context;
	struct reading reading = {.entries = entries};
	int error = ini_read_file(path, &handlers, &reading, ret_error);
	return error ? error : check_entries(entries, path, ret_error);
}

int mta_entries_read_shipped(struct mta_entries *entries, struct ini_error *ret_error)
{
	struct reading reading = {.entries = entries};
	size_t size = (size_t)(mta_shipped_text_end - mta_shipped_text);
	_cleanup_fclose_ FILE *stream = fmemopen((void *)(uintptr_t)mta_shipped_text, size, "r");
	if (!stream)
		return -errno;
	int error = ini_read_stream(stream, "the shipped list of MTAs", &handlers, &reading, ret_error);
	return error ? error : check_entries(entries, "the shipped list of MTAs", ret_error);
}

int mta_entries_read_directory(struct mta_entries *entries, const char *directory, struct ini_error *ret_error)
{
	return ini_directory_read(directory, read_file, entries, ret_error);
}

static void resolve_user(struct mta_user *user)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char buffer[4096];

	user->found = getpwnam_r(user->name, &entry, buffer, sizeof(buffer), &found) == 0 && found;
	if (user->found)
		user->uid = entry.pw_uid;
}

void mta_entry_resolve(struct mta_entry *entry)
{
	for (size_t i = 0; i < entry->file_count; i++) {
		int error = file_id_resolve(entry->files[i].path, &entry->files[i].id);
		entry->files[i].found = error == 0;
		entry->files[i].refused = error == -EPERM;
	}
	/* Nobody can run what is not there, and asking for users can mean asking a directory server. */
	for (size_t i = 0; i < entry->user_count && mta_entry_is_present(entry); i++)
		resolve_user(&entry->users[i]);
}

bool mta_entry_has_user(const struct mta_entry *entry, uint32_t uid)
{
	for (size_t i = 0; i < entry->user_count; i++)
		if (entry->users[i].found && entry->users[i].uid == uid)
			return true;
	return entry->any_user;
}

bool mta_entry_has_path(const struct mta_entry *entry, const char *path)
{
	for (size_t i = 0; i < entry->file_count; i++)
		if (strcmp(entry->files[i].path, path) == 0)
			return true;
	return false;
}

bool mta_entry_is_present(const struct mta_entry *entry)
{
	for (size_t i = 0; i < entry->file_count; i++)
		if (entry->files[i].found)
			return true;
	return false;
}
