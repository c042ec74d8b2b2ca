// SPDX-License-Identifier: GPL-2.0-only
#include "identity/mta.h"
#include "lib/roots.h"

#include "identity/file_id.h"
#include "identity/host.h"
#include "identity/mta_entry.h"
#include "lib/text.h"

#include <errno.h>
#include <string.h>

struct mta_list {
	struct mta_entries entries;
	uint32_t host_mount_namespace;
};

int mta_list_load(const char *directory, struct mta_list **ret_list, struct ini_error *ret_error)
{
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = calloc(1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	int error = mta_entries_read_shipped(&list->entries, ret_error);
	if (!error)
		error = mta_entries_read_directory(&list->entries, directory, ret_error);
	if (error)
		return error;
	list->host_mount_namespace = host_mount_namespace();
	for (size_t i = 0; i < list->entries.count; i++)
		mta_entry_resolve(&list->entries.entries[i]);
	*ret_list = TAKE_PTR(list);
	return 0;
}

void mta_list_free(struct mta_list *list)
{
	if (!list)
		return;
	mta_entries_clear(&list->entries);
	free(list);
}

/*
 * Whether the file that the actor executes is the one behind the path, and still nobody's but root's. An executable
 * that was replaced while it runs has no name any more, so no path leads to its inode: it is taken by the path it had,
 * which in the host's own mount namespace nobody but root can have made.
 */
static bool is_executable(const struct mta_list *list, const struct mta_file *file, const struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;

	if (!file_is_roots(identity->exe_owner, identity->exe_mode))
		return false;
	if (file->found && identity->key.exe_inode == file->id.inode && identity->key.exe_device == file->id.device)
		return true;
	return identity->exe_links == 0 && !(identity->flags & SW_IDENTITY_PATH_CUT) &&
	       identity->mount_namespace == list->host_mount_namespace && actor->executable &&
	       strcmp(actor->executable, file->path) == 0;
}

static bool entry_has_executable(const struct mta_list *list, const struct mta_entry *entry, const struct actor *actor)
{
	if (!entry->enabled)
		return false;
	for (size_t i = 0; i < entry->file_count; i++)
		if (is_executable(list, &entry->files[i], actor))
			return true;
	return false;
}

static const struct mta_entry *find_entry(const struct mta_list *list, const struct actor *actor)
{
	const struct mta_entry *end = list->entries.entries + list->entries.count;

	for (const struct mta_entry *entry = list->entries.entries; entry && entry < end; entry++)
		if (mta_entry_has_user(entry, actor->identity.euid) && entry_has_executable(list, entry, actor))
			return entry;
	return NULL;
}

/* Whether it is the executable of a mail server: not of a relay client, which anybody may run. */
static bool is_servers_executable(const struct mta_list *list, const struct actor *actor)
{
	const struct mta_entry *end = list->entries.entries + list->entries.count;

	for (const struct mta_entry *entry = list->entries.entries; entry && entry < end; entry++)
		if (entry->role == ACTOR_ROLE_MTA && entry_has_executable(list, entry, actor))
			return true;
	return false;
}

/* Looks again at the entries with this path. Returns whether there is one. */
static bool resolve_again(struct mta_list *list, const char *path)
{
	struct mta_entry *entries = list->entries.entries;
	bool listed = false;

	for (size_t i = 0; path && entries && i < list->entries.count; i++) {
		if (!entries[i].enabled || !mta_entry_has_path(&entries[i], path))
			continue;
		mta_entry_resolve(&entries[i]);
		listed = true;
	}
	return listed;
}

/* A listed path with another file behind it may be a mail server that was installed or upgraded meanwhile. */
void mta_list_recognise(struct mta_list *list, struct actor *actor)
{
	const struct mta_entry *entry = find_entry(list, actor);

	if (!entry && resolve_again(list, actor->executable))
		entry = find_entry(list, actor);
	actor->role = entry ? entry->role : ACTOR_ROLE_APPLICATION;
	actor->wears_mta = !entry && is_servers_executable(list, actor);
	actor->mta_name[0] = '\0';
	if (entry)
		snprintf(actor->mta_name, sizeof(actor->mta_name), "%s", entry->name);
}

size_t mta_list_present(const struct mta_list *list)
{
	size_t present = 0;
	for (size_t i = 0; i < list->entries.count; i++)
		present += list->entries.entries[i].enabled && mta_entry_is_present(&list->entries.entries[i]);
	return present;
}

size_t mta_list_name_present(const struct mta_list *list, char *text, size_t size)
{
	size_t present = 0, used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < list->entries.count; i++) {
		const struct mta_entry *entry = &list->entries.entries[i];
		if (!entry->enabled || !mta_entry_is_present(entry))
			continue;
		int length = snprintf(text + used, size - used, "%s%s", present++ ? ", " : "", entry->name);
		used = length < 0 || (size_t)length >= size - used ? size - 1 : used + (size_t)length;
	}
	return present;
}

static const char *state_of(const struct mta_entry *entry)
{
	if (!entry->enabled)
		return "off";
	return mta_entry_is_present(entry) ? "present" : "absent";
}

void mta_list_print(const struct mta_list *list, FILE *stream)
{
	for (size_t i = 0; i < list->entries.count; i++) {
		const struct mta_entry *entry = &list->entries.entries[i];
		char evidence[TEXT_ESCAPED_SIZE(MTA_TEXT_SIZE)];
		text_escape(evidence, sizeof(evidence), entry->evidence, strlen(entry->evidence));
		fprintf(stream, "%-8s %-12s %-24s %s\n", state_of(entry), actor_role_name(entry->role), entry->name,
			evidence);
		for (size_t j = 0; j < entry->file_count; j++)
			if (entry->files[j].refused)
				fprintf(stream, "         refused: %s can be replaced by others than root\n",
					entry->files[j].path);
	}
}
