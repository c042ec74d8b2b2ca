// SPDX-License-Identifier: GPL-2.0-only
#include "sensor/record.h"

#include "lib/clock.h"
#include "lib/path.h"

#include <errno.h>
#include <string.h>

/* Copies the next `size` bytes out, or says that there are not so many. */
struct reader {
	const uint8_t *at;
	size_t left;
};

static bool read_bytes(struct reader *reader, void *target, size_t size)
{
	if (size > reader->left)
		return false;
	memcpy(target, reader->at, size);
	reader->at += size;
	reader->left -= size;
	return true;
}

static struct endpoint endpoint_of(const __u8 address[SW_ADDRESS_SIZE], uint16_t port)
{
	struct endpoint endpoint = {.port = port};
	memcpy(endpoint.address.bytes, address, SW_ADDRESS_SIZE);
	return endpoint;
}

/* Reads a path's components and joins them. NULL in `ret_path`: there is none. */
static bool read_path(struct reader *reader, size_t size, size_t limit, bool is_cut, char *path, const char **ret_path)
{
	char components[SW_CWD_SIZE];

	if (size > limit || !read_bytes(reader, components, size) || (size > 0 && components[size - 1] != '\0'))
		return false;
	if (size == 0)
		return true;
	char *end = is_cut ? stpcpy(path, RECORD_CUT_MARK) : path;
	path_join_components(components, size, end);
	*ret_path = path;
	return true;
}

static bool has_end(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool is_valid_script(const struct sw_script *script)
{
	if (script->source == SW_SCRIPT_NONE || script->source >= SW_SCRIPT_SOURCE_COUNT)
		return false;
	if (script->source == SW_SCRIPT_ARGV)
		return script->path_size <= SW_ARGV_SIZE && script->cwd_size <= sizeof(script->url);
	return has_end(script->path, script->path_size) && has_end(script->url, sizeof(script->url)) &&
	       has_end(script->method, sizeof(script->method));
}

static bool read_script(struct reader *reader, size_t size, struct sw_script *script,
			const struct sw_script **ret_script)
{
	const size_t head = offsetof(struct sw_script, path);

	if (size == 0)
		return true;
	memset(script, 0, sizeof(*script));
	if (size < head || size > sizeof(*script) || !read_bytes(reader, script, size))
		return false;
	if (head + script->path_size != size || !is_valid_script(script))
		return false;
	*ret_script = script;
	return true;
}

static bool read_rest(struct reader *reader, void *record, size_t size)
{
	return read_bytes(reader, (uint8_t *)record + sizeof(struct sw_record_header),
			  size - sizeof(struct sw_record_header));
}

static bool decode_attempt(struct reader *reader, struct record_text *text, struct observation *observation)
{
	struct sw_attempt_record record;

	if (!read_rest(reader, &record, sizeof(record)) || record.argv_size > SW_ARGV_SIZE)
		return false;
	uint32_t flags = record.identity.flags;
	if (!read_path(reader, record.path_size, SW_PATH_SIZE, flags & SW_IDENTITY_PATH_CUT, text->path,
		       &observation->executable) ||
	    !read_bytes(reader, text->argv, record.argv_size) ||
	    !read_path(reader, record.cwd_size, SW_CWD_SIZE, flags & SW_IDENTITY_CWD_CUT, text->cwd,
		       &observation->cwd) ||
	    !read_script(reader, record.script_size, &text->script, &observation->kernel_script))
		return false;
	text->identity = record.identity;
	observation->identity = &text->identity;
	observation->actor = text->identity.key;
	observation->adopted = record.identity.flags & SW_IDENTITY_ADOPTED;
	observation->network_namespace = record.network_namespace;
	observation->argv = text->argv;
	observation->argv_size = record.argv_size;
	observation->error = record.error;
	if (record.error)
		observation->outcome = SW_OUTCOME_FAILED;
	return true;
}

static bool decode_program(struct reader *reader, struct record_text *text, struct observation *observation)
{
	if (!read_rest(reader, &text->program, sizeof(text->program)))
		return false;
	text->program.name[SW_COMM_SIZE - 1] = '\0';
	observation->program = &text->program;
	return true;
}

static bool decode_established(struct reader *reader, struct record_text *text, struct observation *observation)
{
	(void)reader;
	(void)text;
	(void)observation;
	return true;
}

static bool decode_end(struct reader *reader, struct record_text *text, struct observation *observation)
{
	struct sw_end_record record;

	(void)text;
	if (!read_rest(reader, &record, sizeof(record)) || record.outcome >= SW_OUTCOME_COUNT)
		return false;
	observation->outcome = (enum sw_outcome)record.outcome;
	observation->error = record.error;
	observation->duration_ns = record.duration_ns;
	observation->bytes_sent = record.bytes_sent;
	observation->bytes_received = record.bytes_received;
	return true;
}

static const struct {
	enum observation_kind kind;
	bool (*decode)(struct reader *reader, struct record_text *text, struct observation *observation);
} decoders[SW_RECORD_KIND_COUNT] = {
	[SW_RECORD_ATTEMPT] = {OBSERVATION_ATTEMPT, decode_attempt},
	[SW_RECORD_ESTABLISHED] = {OBSERVATION_ESTABLISHED, decode_established},
	[SW_RECORD_END] = {OBSERVATION_END, decode_end},
	[SW_RECORD_SUBMISSION] = {OBSERVATION_SUBMISSION, decode_attempt},
	[SW_RECORD_PROGRAM] = {OBSERVATION_PROGRAM, decode_program},
};

int record_decode(const void *bytes, size_t size, struct record_text *text, struct observation *ret_observation)
{
	struct reader reader = {.at = bytes, .left = size};
	struct sw_record_header header;

	if (!read_bytes(&reader, &header, sizeof(header)) || header.size != size ||
	    header.kind >= SW_RECORD_KIND_COUNT || !decoders[header.kind].decode)
		return -EBADMSG;
	struct observation observation = {
		.kind = decoders[header.kind].kind,
		.time_ns = header.time_ns,
		.wall_ns = clock_wall_of_boot(header.time_ns),
		.flow_id = header.flow_id,
		.local = endpoint_of(header.endpoints.local, header.endpoints.local_port),
		.remote = endpoint_of(header.endpoints.remote, header.endpoints.remote_port),
	};
	if (!decoders[header.kind].decode(&reader, text, &observation))
		return -EBADMSG;
	*ret_observation = observation;
	return 0;
}
