// SPDX-License-Identifier: GPL-2.0-only
/* An administrator's list of mail servers, over the shipped one. Nothing is looked up on this host. */
#include "files.h"

#include "identity/mta_entry.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_fclose_ FILE *stream = size ? fmemopen((void *)(uintptr_t)bytes, size, "r") : NULL;
	struct mta_entries entries = {0};
	struct reading reading = {.entries = &entries};
	struct ini_error error;

	if (!stream)
		return 0;
	EXPECT(mta_entries_read_shipped(&entries, &error) == 0);
	if (ini_read_stream(stream, "mta.conf", &handlers, &reading, &error) == 0)
		check_entries(&entries, "mta.conf", &error);
	EXPECT(entries.count <= MTA_ENTRIES_MAX);
	for (size_t i = 0; i < entries.count; i++) {
		EXPECT(entries.entries[i].file_count <= MTA_FILES_MAX &&
		       entries.entries[i].user_count <= MTA_USERS_MAX);
		(void)mta_entry_has_path(&entries.entries[i], "/usr/sbin/exim4");
		(void)mta_entry_has_user(&entries.entries[i], 0);
	}
	mta_entries_clear(&entries);
	return 0;
}
