// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/gap.h"

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "lib/text.h"

#include <inttypes.h>
#include <string.h>

#define SNMP_FILE "/proc/net/snmp"
#define SNMP_SIZE 8192 /* it has some 2 KiB */
#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"
#define TCP_LINE "\nTcp: "
#define FIELD_NAME "ActiveOpens"

/* The word of a line so many words behind its first; NULL: it has fewer. */
static const char *word_at(const char *line, size_t place)
{
	const char *end = line + strcspn(line, "\n");
	const char *word = line;

	while (place-- > 0) {
		word += strcspn(word, " \n");
		word += strspn(word, " ");
		if (word >= end)
			return NULL;
	}
	return word;
}

/* Where a name stands in a line. */
static bool find_word(const char *line, const char *name, size_t *ret_place)
{
	const char *word;

	for (size_t place = 0; (word = word_at(line, place)); place++) {
		if (strcspn(word, " \n") != strlen(name) || strncmp(word, name, strlen(name)) != 0)
			continue;
		*ret_place = place;
		return true;
	}
	return false;
}

bool gap_parse_opened(const char *text, uint64_t *ret_opened)
{
	const char *names = strstr(text, TCP_LINE);
	const char *values = names ? strstr(names + 1, TCP_LINE) : NULL;
	char number[sizeof("18446744073709551615")];
	size_t place;

	if (!values || !find_word(names + 1, FIELD_NAME, &place))
		return false;
	const char *value = word_at(values + 1, place);
	if (!value || place == 0)
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)strcspn(value, " \n"), value);
	return text_parse_number(number, 0, UINT64_MAX, ret_opened) == 0;
}

/* False: it cannot be read. */
static bool read_file(const char *path, char *text, size_t size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	size_t length = file ? fread(text, 1, size - 1, file) : 0;

	text[length] = '\0';
	return length > 0;
}

struct gap_moment gap_moment_now(void)
{
	struct gap_moment now = {.wall_ns = clock_wall_ns(), .boot_ns = clock_boot_ns()};
	char text[SNMP_SIZE];

	now.has_opened = read_file(SNMP_FILE, text, sizeof(text)) && gap_parse_opened(text, &now.opened);
	read_file(BOOT_ID_FILE, now.boot_id, sizeof(now.boot_id));
	return now;
}

bool gap_is_same_boot(const struct gap_moment *earlier, const struct gap_moment *later)
{
	return strcmp(earlier->boot_id, later->boot_id) == 0 && earlier->boot_ns <= later->boot_ns;
}

/* The number of connections began anew with the host; one that is smaller than before is of another namespace. */
struct watch_gap gap_between(const struct gap_moment *from, bool was_killed, const struct gap_moment *to)
{
	struct watch_gap gap = {
		.from_wall_ns = from->wall_ns,
		.to_wall_ns = to->wall_ns,
		.was_killed = was_killed,
		.was_rebooted = !gap_is_same_boot(from, to),
	};

	if (gap.was_rebooted) {
		gap.has_opened = to->has_opened;
		gap.opened = to->opened;
	} else if (from->has_opened && to->has_opened && to->opened >= from->opened) {
		gap.has_opened = true;
		gap.opened = to->opened - from->opened;
	}
	return gap;
}

static const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

static void describe_opened(const struct watch_gap *gap, char *text, size_t size)
{
	const char *was_known = "of which only those still open are known";

	if (gap->was_rebooted && gap->has_opened)
		snprintf(text, size,
			 "the host was started anew meanwhile, and opened %" PRIu64
			 " TCP connection%s since, %s; of those before nothing is known",
			 gap->opened, plural(gap->opened), was_known);
	else if (gap->was_rebooted)
		snprintf(text, size, "the host was started anew meanwhile: what it opened is not known");
	else if (gap->has_opened)
		snprintf(text, size, "the host opened %" PRIu64 " TCP connection%s meanwhile, %s", gap->opened,
			 plural(gap->opened), was_known);
	else
		snprintf(text, size, "how many TCP connections the host opened meanwhile is not known");
}

const char *gap_describe(const struct watch_gap *gap, char *text, size_t size)
{
	char from[CLOCK_TEXT_SIZE];
	char to[CLOCK_TEXT_SIZE];
	char span[CLOCK_TEXT_SIZE];
	char opened[256];
	uint64_t span_ns = gap->to_wall_ns > gap->from_wall_ns ? gap->to_wall_ns - gap->from_wall_ns : 0;

	describe_opened(gap, opened, sizeof(opened));
	snprintf(text, size, "not watching from %s%s to %s (%s%s): %s", gap->was_killed ? "some time after " : "",
		 clock_format_utc(gap->from_wall_ns, from), clock_format_utc(gap->to_wall_ns, to),
		 gap->was_killed ? "at most " : "", clock_format_duration(span_ns, span), opened);
	return text;
}
