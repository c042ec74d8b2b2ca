// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/describe.h"

#include "lib/array.h"
#include "lib/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CUT_MARK "..."

size_t describe_path(const char *path, char *text, size_t size)
{
	size_t length = strlen(path);
	size_t room = size - sizeof(CUT_MARK);

	if (length >= size)
		return (size_t)snprintf(text, size, CUT_MARK "%s", path + length - room);
	memcpy(text, path, length + 1);
	return length;
}

size_t describe_executable(const struct actor *actor, char *text, size_t size)
{
	const struct sw_identity *identity = &actor->identity;
	size_t length;

	if (actor->executable)
		return describe_path(actor->executable, text, size);
	if (identity->flags & SW_IDENTITY_KERNEL_THREAD)
		length = (size_t)snprintf(text, size, "[%.*s]", SW_COMM_SIZE, identity->comm);
	else
		length = (size_t)snprintf(text, size, "[%" PRIu32 ":%" PRIu32 ":%" PRIu64 "]",
					  identity->key.exe_device >> 20, identity->key.exe_device & 0xfffff,
					  (uint64_t)identity->key.exe_inode);
	return length < size ? length : size - 1;
}

size_t describe_argv(const struct actor *actor, char text[SW_ARGV_SIZE + 1])
{
	size_t length = actor->argv_size < SW_ARGV_SIZE ? actor->argv_size : SW_ARGV_SIZE;

	for (size_t i = 0; i < length; i++)
		text[i] = actor->argv[i] ? actor->argv[i] : ' ';
	while (length > 0 && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	return length;
}

bool describe_is_deleted(const struct actor *actor)
{
	return actor->executable && actor->identity.exe_links == 0;
}

const char *describe_cwd(const struct actor *actor, const struct script *script)
{
	if (script && script->source == SCRIPT_SOURCE_CWD && script->path)
		return script->path;
	return actor ? actor->cwd : NULL;
}

size_t describe_reply(uint16_t code, const struct enhanced_code *enhanced, const char *reply,
		      char text[REPLY_TEXT_SIZE])
{
	int length = snprintf(text, REPLY_TEXT_SIZE, "%03u", code);

	if (enhanced->class)
		length += snprintf(text + length, REPLY_TEXT_SIZE - (size_t)length, " %u.%u.%u", enhanced->class,
				   enhanced->subject, enhanced->detail);
	if (reply && reply[0])
		length += snprintf(text + length, REPLY_TEXT_SIZE - (size_t)length, " %s", reply);
	return (size_t)length < REPLY_TEXT_SIZE ? (size_t)length : REPLY_TEXT_SIZE - 1;
}

const char *describe_sender(const struct dialogue *dialogue)
{
	if (dialogue->mail_address)
		return dialogue->mail_address;
	return dialogue->mail_domain && dialogue->mail_domain[0] ? dialogue->mail_domain : "<>";
}

uint64_t describe_duration(const struct alert *alert)
{
	bool is_of_incident = alert->incident && alert->is_news;
	uint64_t first_ns = is_of_incident ? alert->incident->first_wall_ns : alert->first_wall_ns;

	/* Wall time can be set back. */
	return alert->phase == ALERT_ENDED && alert->last_wall_ns > first_ns ? alert->last_wall_ns - first_ns : 0;
}

const char *describe_span(uint64_t duration_ns, char text[DURATION_TEXT_SIZE])
{
	uint64_t seconds = duration_ns / NANOSECONDS_A_SECOND;
	static const struct {
		uint64_t seconds;
		uint64_t part; /* of which the rest is told, 0: none */
		char name;
		char part_name;
	} units[] = {{86400, 3600, 'd', 'h'}, {3600, 60, 'h', 'm'}, {60, 0, 'm', 0}, {1, 0, 's', 0}};
	size_t unit = 0;

	while (unit < COUNT_OF(units) - 1 && seconds < units[unit].seconds)
		unit++;
	uint64_t rest = units[unit].part ? seconds % units[unit].seconds / units[unit].part : 0;
	int length =
		snprintf(text, DURATION_TEXT_SIZE, "%" PRIu64 "%c", seconds / units[unit].seconds, units[unit].name);
	if (rest)
		snprintf(text + length, DURATION_TEXT_SIZE - (size_t)length, "%" PRIu64 "%c", rest,
			 units[unit].part_name);
	return text;
}
