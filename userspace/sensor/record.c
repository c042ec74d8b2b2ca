// SPDX-License-Identifier: GPL-2.0-only
#include "sensor/record.h"

#include "lib/clock.h"

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

/* Turns "smtp\0sbin\0postfix\0" into "/postfix/sbin/smtp". `path` has room for size + 2 bytes. */
static void join_path(const char *components, size_t size, char *path)
{
	size_t end = size;
	size_t written = 0;

	while (end > 0) {
		size_t last = end - 1; /* the component's NUL */
		size_t start = last;
		while (start > 0 && components[start - 1] != '\0')
			start--;
		path[written++] = '/';
		memcpy(path + written, components + start, last - start);
		written += last - start;
		end = start;
	}
	path[written] = '\0';
}

static bool decode_attempt(struct reader *reader, struct record_text *text, struct observation *observation)
{
	struct sw_attempt_record record;
	char components[SW_PATH_SIZE];

	if (!read_bytes(reader, (uint8_t *)&record + sizeof(record.header), sizeof(record) - sizeof(record.header)))
		return false;
	if (record.path_size > SW_PATH_SIZE || record.argv_size > SW_ARGV_SIZE ||
	    !read_bytes(reader, components, record.path_size) || !read_bytes(reader, text->argv, record.argv_size))
		return false;
	if (record.path_size > 0 && components[record.path_size - 1] != '\0')
		return false;
	text->identity = record.identity;
	observation->identity = &text->identity;
	observation->actor = text->identity.key;
	observation->network_namespace = record.network_namespace;
	if (record.path_size > 0) {
		join_path(components, record.path_size, text->path);
		observation->executable = text->path;
	}
	observation->argv = text->argv;
	observation->argv_size = record.argv_size;
	observation->error = record.error;
	if (record.error)
		observation->outcome = SW_OUTCOME_FAILED;
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
	if (!read_bytes(reader, (uint8_t *)&record + sizeof(record.header), sizeof(record) - sizeof(record.header)) ||
	    record.outcome >= SW_OUTCOME_COUNT)
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
