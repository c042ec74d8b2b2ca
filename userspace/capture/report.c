// SPDX-License-Identifier: GPL-2.0-only
/*
 * A report is a header and fields in the order of its layout. A number takes 8 bytes whatever its width in the struct;
 * bytes are padded with zeros to the next 8; a text is its length, its bytes and a NUL, padded. So everything is
 * aligned, and one table says what is written, what is read and what is allowed.
 */
#include "capture/report.h"

#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct header {
	uint16_t kind;
	uint16_t event; /* of a dialogue or a name, else 0 */
	uint32_t size;  /* of the report with this header, a multiple of 8 */
};

#define SLOT sizeof(uint64_t)
#define PADDED(size) (((size) + SLOT - 1) / SLOT * SLOT)
#define NO_TEXT UINT64_MAX /* in the place of a length */

static_assert(sizeof(struct header) == SLOT, "what follows is aligned");

enum field_type { FIELD_NUMBER, FIELD_BYTES, FIELD_TEXT, FIELD_TEXT_OR_NULL, FIELD_FRAME };

struct field {
	uint16_t offset; /* in struct report */
	uint8_t width;
	uint8_t type;
	uint64_t most; /* of a number; the size of a text with NUL; the size of a frame */
};

struct layout {
	const struct field *fields;
	size_t count;
};

#define FIELD(member, field_type, limit)                                                                 \
	{                                                                                                \
		offsetof(struct report, member), sizeof(((struct report *)0)->member), field_type, limit \
	}
#define NUMBER(member, limit) FIELD(member, FIELD_NUMBER, limit)
#define ANY_NUMBER(member) FIELD(member, FIELD_NUMBER, UINT64_MAX)
#define CHOICE(member, count) FIELD(member, FIELD_NUMBER, (count)-1)
#define FLAG(member) FIELD(member, FIELD_NUMBER, 1)
#define BYTES(member) FIELD(member, FIELD_BYTES, 0)
#define TEXT(member, limit) FIELD(member, FIELD_TEXT, limit)
#define ENDPOINT(member) BYTES(member.address), ANY_NUMBER(member.port)
#define LAYOUT(...)                                                                        \
	{                                                                                  \
		(const struct field[]){__VA_ARGS__},                                       \
			sizeof((const struct field[]){__VA_ARGS__}) / sizeof(struct field) \
	}

#define REPLY_CODE_MAX 999   /* three digits: RFC 5321 4.2 */
#define ENHANCED_CLASS_MAX 9 /* one digit; 2, 4 and 5 have a meaning: RFC 3463 2 */
#define LINK_TYPE_MAX 65535  /* pcapng has 16 bits for it */
#define FAILED_TEXT_SIZE 512 /* as struct source_error has */

/* What every report of a kind begins with. */
static const struct layout layouts[REPORT_KIND_COUNT] = {
	[REPORT_READY] = LAYOUT(NUMBER(link_type, LINK_TYPE_MAX)),
	[REPORT_DIALOGUE] = LAYOUT(ANY_NUMBER(dialogue.wire_id), ANY_NUMBER(dialogue.wall_ns), ENDPOINT(dialogue.local),
				   ENDPOINT(dialogue.remote)),
	[REPORT_NAME] = LAYOUT(ANY_NUMBER(name.wall_ns), TEXT(name.owner, NAME_SIZE)),
	[REPORT_EVIDENCE] = LAYOUT(ANY_NUMBER(wire_id), NUMBER(link_type, LINK_TYPE_MAX), ANY_NUMBER(frame.wall_ns),
				   NUMBER(frame.length, UINT32_MAX), FIELD(frame, FIELD_FRAME, REPORT_FRAME_SIZE)),
	[REPORT_COUNTS] = LAYOUT(ANY_NUMBER(counts.dissector.frames), ANY_NUMBER(counts.dissector.malformed),
				 ANY_NUMBER(counts.dissector.streams), ANY_NUMBER(counts.dissector.pushed_out),
				 ANY_NUMBER(counts.received), ANY_NUMBER(counts.dropped), ANY_NUMBER(counts.cpu_ns)),
	[REPORT_FAILED] = LAYOUT(TEXT(text, FAILED_TEXT_SIZE)),
};

#define SAID_NAME TEXT(dialogue.name, DIALOGUE_NAME_SIZE)
#define SAID_TEXT TEXT(dialogue.text, DIALOGUE_TEXT_SIZE)
#define SAID_CODE NUMBER(dialogue.code, REPLY_CODE_MAX)
#define SAID_ADDRESS FIELD(dialogue.address, FIELD_TEXT_OR_NULL, DIALOGUE_ADDRESS_SIZE)

/* What each event goes on with. */
static const struct layout dialogue_layouts[DIALOGUE_EVENT_COUNT] = {
	[DIALOGUE_OPENED] = LAYOUT(BYTES(dialogue.source.address), ANY_NUMBER(dialogue.source.interface),
				   BYTES(dialogue.source.mac), FLAG(dialogue.source.has_mac), FLAG(dialogue.incoming),
				   FLAG(dialogue.has_syn)),
	[DIALOGUE_ALIAS] = LAYOUT(ENDPOINT(dialogue.alias_local), ENDPOINT(dialogue.alias_remote)),
	[DIALOGUE_BANNER] = LAYOUT(SAID_CODE, SAID_TEXT),
	[DIALOGUE_HELO] = LAYOUT(SAID_NAME, FLAG(dialogue.is_extended)),
	[DIALOGUE_EXTENSIONS] = LAYOUT(NUMBER(dialogue.extensions, (1U << DIALOGUE_EXTENSION_COUNT) - 1)),
	[DIALOGUE_AUTH] = LAYOUT(TEXT(dialogue.name, DIALOGUE_MECHANISM_SIZE)),
	[DIALOGUE_TLS] = LAYOUT(CHOICE(dialogue.tls, DIALOGUE_TLS_COUNT), SAID_NAME),
	[DIALOGUE_MAIL] = LAYOUT(SAID_NAME, SAID_ADDRESS),
	[DIALOGUE_RCPT] = LAYOUT(SAID_NAME, SAID_ADDRESS),
	[DIALOGUE_REPLY] =
		LAYOUT(CHOICE(dialogue.stage, DIALOGUE_STAGE_COUNT), SAID_CODE,
		       NUMBER(dialogue.enhanced.class, ENHANCED_CLASS_MAX), ANY_NUMBER(dialogue.enhanced.subject),
		       ANY_NUMBER(dialogue.enhanced.detail), SAID_TEXT),
	[DIALOGUE_MESSAGE] = LAYOUT(SAID_CODE, ANY_NUMBER(dialogue.bytes)),
	[DIALOGUE_NOT_SMTP] = LAYOUT(CHOICE(dialogue.misfit, DIALOGUE_MISFIT_COUNT)),
	[DIALOGUE_ENDED] = LAYOUT(CHOICE(dialogue.ending, DIALOGUE_ENDING_COUNT), ANY_NUMBER(dialogue.bytes_sent),
				  ANY_NUMBER(dialogue.bytes_received), ANY_NUMBER(dialogue.duration_ns)),
	[DIALOGUE_OFF_PORT] = LAYOUT(SAID_NAME, FLAG(dialogue.is_extended)),
};

static const struct layout name_layouts[NAME_EVENT_COUNT] = {
	[NAME_ADDRESS] = LAYOUT(ANY_NUMBER(name.ttl), BYTES(name.address)),
	[NAME_ALIAS] = LAYOUT(ANY_NUMBER(name.ttl), TEXT(name.target, NAME_SIZE)),
	[NAME_MX] = LAYOUT(ANY_NUMBER(name.ttl), TEXT(name.target, NAME_SIZE), ANY_NUMBER(name.preference)),
	[NAME_MX_QUERY] = LAYOUT(ENDPOINT(name.asker), ENDPOINT(name.server), ANY_NUMBER(name.protocol)),
};

static_assert(REPORT_SIZE >= REPORT_FRAME_SIZE + 8 * SLOT, "a frame of evidence fits");
static_assert(REPORT_SIZE >= DIALOGUE_NAME_SIZE + DIALOGUE_ADDRESS_SIZE + DIALOGUE_TEXT_SIZE + 32 * SLOT,
	      "an event with texts of every sort fits");

/* What kind and event are followed by; NULL where there is no such thing. */
static const struct layout *find_layout(unsigned int kind, unsigned int event)
{
	static const struct layout nothing;

	if (kind == 0 || kind >= REPORT_KIND_COUNT)
		return NULL;
	if (kind == REPORT_DIALOGUE)
		return event < DIALOGUE_EVENT_COUNT ? &dialogue_layouts[event] : NULL;
	if (kind == REPORT_NAME)
		return event < NAME_EVENT_COUNT ? &name_layouts[event] : NULL;
	return event == 0 ? &nothing : NULL;
}

/* What no field can say alone. */
static bool is_sound(const struct report *report)
{
	switch (report->kind) {
	case REPORT_DIALOGUE:
		return (report->dialogue.wire_id == 0) == (report->dialogue.kind == DIALOGUE_OFF_PORT);
	case REPORT_NAME:
		return report->name.kind != NAME_MX_QUERY || report->name.protocol == IPPROTO_UDP ||
		       report->name.protocol == IPPROTO_TCP;
	case REPORT_EVIDENCE:
		return report->wire_id != 0 && report->frame.length >= report->frame.size;
	default:
		return true;
	}
}

/* ---- Writing */

struct writer {
	uint8_t *bytes;
	size_t room;
	size_t used;
};

static uint64_t load_number(const void *source, size_t width)
{
	switch (width) {
	case sizeof(uint8_t):
		return *(const uint8_t *)source;
	case sizeof(uint16_t):
		return *(const uint16_t *)source;
	case sizeof(uint32_t):
		return *(const uint32_t *)source;
	default:
		return *(const uint64_t *)source;
	}
}

static int put_number(struct writer *writer, uint64_t number)
{
	if (writer->room - writer->used < SLOT)
		return -ENOSPC;
	memcpy(writer->bytes + writer->used, &number, SLOT);
	writer->used += SLOT;
	return 0;
}

/* `end` bytes of zero follow before the padding. */
static int put_bytes(struct writer *writer, const void *source, size_t size, size_t end)
{
	size_t padded = PADDED(size + end);

	if (writer->room - writer->used < padded)
		return -ENOSPC;
	if (size)
		memcpy(writer->bytes + writer->used, source, size);
	memset(writer->bytes + writer->used + size, 0, padded - size);
	writer->used += padded;
	return 0;
}

static int put_text(struct writer *writer, const char *text, size_t limit)
{
	size_t length = strnlen(text, limit - 1);
	int error = put_number(writer, length);

	return error ? error : put_bytes(writer, text, length, 1);
}

static int put_frame(struct writer *writer, const struct frame *frame, size_t limit)
{
	size_t size = frame->size < limit ? frame->size : limit;
	int error = put_number(writer, size);

	return error ? error : put_bytes(writer, frame->bytes, size, 0);
}

static int put_field(struct writer *writer, const struct report *report, const struct field *field)
{
	const void *source = (const uint8_t *)report + field->offset;
	uint64_t number;

	switch (field->type) {
	case FIELD_NUMBER:
		number = load_number(source, field->width);
		return number <= field->most ? put_number(writer, number) : -EINVAL;
	case FIELD_BYTES:
		return put_bytes(writer, source, field->width, 0);
	case FIELD_FRAME:
		return put_frame(writer, source, field->most);
	default:
		break;
	}
	const char *text = *(const char *const *)source;
	if (!text && field->type == FIELD_TEXT_OR_NULL)
		return put_number(writer, NO_TEXT);
	return put_text(writer, text ? text : "", field->most);
}

static int put_layout(struct writer *writer, const struct report *report, const struct layout *layout)
{
	int error = 0;

	for (size_t i = 0; i < layout->count && !error; i++)
		error = put_field(writer, report, &layout->fields[i]);
	return error;
}

static unsigned int event_of(const struct report *report)
{
	if (report->kind == REPORT_DIALOGUE)
		return report->dialogue.kind;
	return report->kind == REPORT_NAME ? report->name.kind : 0;
}

int report_encode(const struct report *report, uint8_t *message, size_t *used)
{
	unsigned int event = event_of(report);
	const struct layout *layout = find_layout(report->kind, event);
	struct writer writer = {.bytes = message + *used, .room = REPORT_MESSAGE_SIZE - *used};
	struct header header = {.kind = (uint16_t)report->kind, .event = (uint16_t)event};

	if (!layout || !is_sound(report))
		return -EINVAL;
	int error = put_bytes(&writer, &header, sizeof(header), 0);
	if (!error)
		error = put_layout(&writer, report, &layouts[report->kind]);
	if (!error)
		error = put_layout(&writer, report, layout);
	if (error)
		return error;
	header.size = (uint32_t)writer.used;
	memcpy(writer.bytes, &header, sizeof(header));
	*used += writer.used;
	return 0;
}

/* ---- Reading */

struct reader {
	const uint8_t *bytes;
	size_t size;
	size_t at; /* a multiple of 8, as `size` is */
};

static void store_number(void *target, size_t width, uint64_t number)
{
	switch (width) {
	case sizeof(uint8_t):
		*(uint8_t *)target = (uint8_t)number;
		break;
	case sizeof(uint16_t):
		*(uint16_t *)target = (uint16_t)number;
		break;
	case sizeof(uint32_t):
		*(uint32_t *)target = (uint32_t)number;
		break;
	default:
		*(uint64_t *)target = number;
	}
}

static int get_number(struct reader *reader, uint64_t *ret_number)
{
	if (reader->size - reader->at < SLOT)
		return -EBADMSG;
	memcpy(ret_number, reader->bytes + reader->at, SLOT);
	reader->at += SLOT;
	return 0;
}

/* `size` is far below what could overflow; `end` and the padding must be zero. */
static int get_bytes(struct reader *reader, size_t size, size_t end, const uint8_t **ret_bytes)
{
	size_t padded = PADDED(size + end);
	const uint8_t *bytes = reader->bytes + reader->at;

	if (reader->size - reader->at < padded)
		return -EBADMSG;
	for (size_t i = size; i < padded; i++)
		if (bytes[i] != 0)
			return -EBADMSG;
	reader->at += padded;
	*ret_bytes = bytes;
	return 0;
}

static int get_text(struct reader *reader, const struct field *field, const char **ret_text)
{
	uint64_t length;
	const uint8_t *bytes;

	int error = get_number(reader, &length);
	if (error)
		return error;
	if (length == NO_TEXT && field->type == FIELD_TEXT_OR_NULL)
		return 0; /* the pointer is NULL as it is */
	if (length >= field->most || get_bytes(reader, length, 1, &bytes) != 0 || memchr(bytes, '\0', length))
		return -EBADMSG;
	*ret_text = (const char *)bytes;
	return 0;
}

static int get_frame(struct reader *reader, const struct field *field, struct frame *frame)
{
	uint64_t size;

	if (get_number(reader, &size) != 0 || size > field->most || get_bytes(reader, size, 0, &frame->bytes) != 0)
		return -EBADMSG;
	frame->size = size;
	return 0;
}

static uint64_t widest_number(size_t width)
{
	return UINT64_MAX >> (8 * (sizeof(uint64_t) - width));
}

static int get_field(struct reader *reader, struct report *report, const struct field *field)
{
	void *target = (uint8_t *)report + field->offset;
	const uint8_t *bytes;
	uint64_t number;

	switch (field->type) {
	case FIELD_NUMBER:
		if (get_number(reader, &number) != 0 || number > field->most || number > widest_number(field->width))
			return -EBADMSG;
		store_number(target, field->width, number);
		return 0;
	case FIELD_BYTES:
		if (get_bytes(reader, field->width, 0, &bytes) != 0)
			return -EBADMSG;
		memcpy(target, bytes, field->width);
		return 0;
	case FIELD_FRAME:
		return get_frame(reader, field, target);
	default:
		return get_text(reader, field, target);
	}
}

static int get_layout(struct reader *reader, struct report *report, const struct layout *layout)
{
	int error = 0;

	for (size_t i = 0; i < layout->count && !error; i++)
		error = get_field(reader, report, &layout->fields[i]);
	return error;
}

int report_decode(const uint8_t *bytes, size_t size, struct report *ret_report, size_t *ret_size)
{
	struct report report = {0};
	struct header header;

	if (size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, bytes, sizeof(header));
	const struct layout *layout = find_layout(header.kind, header.event);
	if (!layout || header.size < sizeof(header) || header.size > size || header.size > REPORT_SIZE ||
	    header.size % SLOT != 0)
		return -EBADMSG;
	struct reader reader = {.bytes = bytes, .size = header.size, .at = sizeof(header)};
	report.kind = header.kind;
	if (report.kind == REPORT_DIALOGUE)
		report.dialogue.kind = header.event;
	if (report.kind == REPORT_NAME)
		report.name.kind = header.event;
	if (get_layout(&reader, &report, &layouts[report.kind]) != 0 || get_layout(&reader, &report, layout) != 0 ||
	    reader.at != reader.size || !is_sound(&report))
		return -EBADMSG;
	*ret_report = report;
	*ret_size = header.size;
	return 0;
}
