// SPDX-License-Identifier: GPL-2.0-only
#include "identity/subordinates.h"

#include "lib/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define RANGES_MAX 65536
#define LINE_SIZE 512 /* a name of 256 bytes, LOGIN_NAME_MAX, and two numbers */

struct range {
	uint32_t first;
	uint32_t last;
	char owner[ACTOR_USER_NAME_SIZE]; /* as the file has it: a name or a UID */
};

struct subordinates {
	char *path;
	struct users *users;
	struct range *ranges;
	size_t count;
	size_t room;
	struct stat status; /* of the file that was read; all zero: there was none */
};

struct subordinates *subordinates_new(const char *path, struct users *users)
{
	_cleanup_(cleanup_subordinates_free) struct subordinates *subordinates = calloc(1, sizeof(*subordinates));
	if (!subordinates)
		return NULL;
	subordinates->users = users;
	subordinates->path = strdup(path);
	return subordinates->path ? TAKE_PTR(subordinates) : NULL;
}

void subordinates_free(struct subordinates *subordinates)
{
	if (!subordinates)
		return;
	free(subordinates->ranges);
	free(subordinates->path);
	free(subordinates);
}

/* "owner:first:count". A range that goes on behind the last UID ends there. */
static bool parse_range(char *line, struct range *ret_range)
{
	uint64_t first, count;
	const char *owner = strsep(&line, ":");
	const char *first_text = strsep(&line, ":");

	if (!first_text || !line || !*owner)
		return false;
	if (text_parse_number(first_text, 0, UINT32_MAX, &first) != 0 ||
	    text_parse_number(line, 1, UINT64_C(1) << 32, &count) != 0)
		return false;
	uint64_t last = first + count - 1;
	*ret_range = (struct range){.first = (uint32_t)first, .last = last > UINT32_MAX ? UINT32_MAX : (uint32_t)last};
	snprintf(ret_range->owner, sizeof(ret_range->owner), "%s", owner);
	return true;
}

static bool add(struct subordinates *subordinates, const struct range *range)
{
	if (subordinates->count == subordinates->room) {
		size_t room = subordinates->room ? 2 * subordinates->room : 64;
		struct range *larger = reallocarray(subordinates->ranges, room, sizeof(*larger));
		if (!larger)
			return false;
		subordinates->ranges = larger;
		subordinates->room = room;
	}
	subordinates->ranges[subordinates->count++] = *range;
	return true;
}

/* Reads one line, without its end. One that does not fit is read away, and empty then. */
static bool read_line(FILE *stream, char line[LINE_SIZE])
{
	size_t length = 0;
	int byte;

	while ((byte = getc(stream)) != EOF && byte != '\n')
		if (length < LINE_SIZE)
			line[length++] = (char)byte;
	if (length == LINE_SIZE)
		length = 0;
	line[length] = '\0';
	return byte != EOF || length > 0;
}

static void read_ranges(struct subordinates *subordinates, FILE *stream)
{
	char line[LINE_SIZE];
	struct range range;

	while (subordinates->count < RANGES_MAX && read_line(stream, line))
		if (parse_range(line, &range) && !add(subordinates, &range))
			return;
}

static bool is_same_version(const struct stat *left, const struct stat *right)
{
	return left->st_dev == right->st_dev && left->st_ino == right->st_ino && left->st_size == right->st_size &&
	       left->st_mtim.tv_sec == right->st_mtim.tv_sec && left->st_mtim.tv_nsec == right->st_mtim.tv_nsec &&
	       left->st_ctim.tv_sec == right->st_ctim.tv_sec && left->st_ctim.tv_nsec == right->st_ctim.tv_nsec;
}

static void refresh(struct subordinates *subordinates)
{
	struct stat status;

	if (stat(subordinates->path, &status) != 0)
		memset(&status, 0, sizeof(status));
	if (is_same_version(&status, &subordinates->status))
		return;
	subordinates->count = 0;
	subordinates->status = status;
	_cleanup_close_ int fd = open(subordinates->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &subordinates->status) != 0 || !S_ISREG(subordinates->status.st_mode))
		return;
	_cleanup_fclose_ FILE *stream = fdopen(fd, "re");
	if (!stream)
		return;
	TAKE_FD(fd);
	read_ranges(subordinates, stream);
}

/* subuid(5) allows a UID in the owner's place. */
static void name_owner(struct subordinates *subordinates, const char *owner, char ret_name[ACTOR_USER_NAME_SIZE])
{
	uint64_t uid;

	ret_name[0] = '\0';
	if (text_parse_number(owner, 0, UINT32_MAX, &uid) == 0)
		users_name(subordinates->users, (uint32_t)uid, ret_name);
	if (!ret_name[0])
		memcpy(ret_name, owner, ACTOR_USER_NAME_SIZE);
}

void subordinates_owner(struct subordinates *subordinates, uint32_t uid, char ret_name[ACTOR_USER_NAME_SIZE])
{
	const struct range *narrowest = NULL;

	refresh(subordinates);
	for (size_t i = 0; i < subordinates->count; i++) {
		const struct range *range = &subordinates->ranges[i];
		if (uid < range->first || uid > range->last)
			continue;
		if (!narrowest || range->last - range->first < narrowest->last - narrowest->first)
			narrowest = range;
	}
	ret_name[0] = '\0';
	if (narrowest)
		name_owner(subordinates, narrowest->owner, ret_name);
}
