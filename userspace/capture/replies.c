// SPDX-License-Identifier: GPL-2.0-only
#include "capture/replies.h"

#include "capture/reply_row.h"

#include <errno.h>
#include <string.h>

#define ROWS_MAX 4096   /* of a file */
#define LINES_MAX 65536 /* a pipe may have no end */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BLANKS " \t"
#define SHIPPED_NAME "the shipped table of replies"

/* The shipped table, as it lies in the tree. */
__asm__(".section .rodata\n"
	"replies_shipped_text: .incbin \"userspace/capture/replies.psv\"\n"
	"replies_shipped_text_end:\n"
	".previous\n");
extern const char replies_shipped_text[];
extern const char replies_shipped_text_end[];

/* In the order in which they are asked. */
struct replies {
	struct reply_row *rows;
	size_t count;
	size_t room;
};

void replies_free(struct replies *replies)
{
	if (!replies)
		return;
	for (size_t i = 0; i < replies->count; i++)
		reply_row_clear(&replies->rows[i]);
	free(replies->rows);
	free(replies);
}

static int make_room(struct replies *replies)
{
	if (replies->count < replies->room)
		return 0;
	size_t room = replies->room ? 2 * replies->room : 64;
	struct reply_row *rows = reallocarray(replies->rows, room, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	replies->rows = rows;
	replies->room = room;
	return 0;
}

static int take_line(struct replies *replies, const struct ini_place *place, size_t count_before, char *line)
{
	line += strspn(line, BLANKS);
	if (*line == '\0' || *line == '#')
		return 0;
	if (replies->count - count_before == ROWS_MAX)
		return ini_fail(place, "a table has at most %d rows", ROWS_MAX);
	int error = make_room(replies);
	if (!error)
		error = reply_row_parse(place, line, &replies->rows[replies->count]);
	if (!error)
		replies->count++;
	return error;
}

/* Reads a line without its end, which is LF or CR LF. 1: there is one; 0: the stream is at its end; or -errno. */
static int read_line(FILE *stream, const struct ini_place *place, char line[REPLY_ROW_SIZE + 1])
{
	size_t length = 0;
	int byte;

	while ((byte = getc(stream)) != EOF && byte != '\n') {
		bool is_ending = length > 0 && line[length - 1] == '\r';
		if (is_ending || byte == 0x7f || (byte < ' ' && byte != '\t' && byte != '\r'))
			return ini_fail(place, "byte 0x%02x: this is no text file",
					is_ending ? '\r' : (unsigned int)byte);
		if (length == REPLY_ROW_SIZE)
			return ini_fail(place, "the line is too long: it may have %d bytes", REPLY_ROW_SIZE);
		line[length++] = (char)byte;
	}
	if (ferror(stream))
		return ini_fail(place, "cannot read on: %s", strerror(errno));
	bool has_line = byte != EOF || length > 0;
	if (length > 0 && line[length - 1] == '\r')
		length--;
	line[length] = '\0';
	return has_line;
}

static int read_stream(struct replies *replies, FILE *stream, const char *name, struct ini_error *ret_error)
{
	struct ini_place place = {.file = name, .line = 1, .error = ret_error};
	size_t count_before = replies->count;
	char line[REPLY_ROW_SIZE + 1];
	int result;

	while ((result = read_line(stream, &place, line)) > 0) {
		size_t mark = place.line == 1 ? strlen(BYTE_ORDER_MARK) : 0;
		bool is_marked = mark && strncmp(line, BYTE_ORDER_MARK, mark) == 0;
		if (place.line > LINES_MAX)
			return ini_fail(&place, "a table has at most %d lines", LINES_MAX);
		int error = take_line(replies, &place, count_before, is_marked ? line + mark : line);
		if (error)
			return error;
		place.line++;
	}
	return result;
}

static int read_shipped(struct replies *replies, struct ini_error *ret_error)
{
	size_t size = (size_t)(replies_shipped_text_end - replies_shipped_text);
	_cleanup_fclose_ FILE *stream = fmemopen((void *)(uintptr_t)replies_shipped_text, size, "r");

	return stream ? read_stream(replies, stream, SHIPPED_NAME, ret_error) : -errno;
}

static int read_file(struct replies *replies, const char *path, struct ini_error *ret_error)
{
	_cleanup_fclose_ FILE *stream = path ? fopen(path, "re") : NULL;
	char shown[INI_SHOWN_SIZE];
	int error = stream || !path ? 0 : -errno;

	if (stream)
		return read_stream(replies, stream, path, ret_error);
	if (error == 0 || error == -ENOENT)
		return 0;
	snprintf(ret_error->message, sizeof(ret_error->message), "cannot read %s: %s",
		 ini_show(shown, path, strlen(path)), strerror(-error));
	return error;
}

/* Moves the rows of RECEIVER before all others: a reply that blames the receiver's own look-ups also names the list
 * that it asked. Else their order stays. */
static int put_receivers_first(struct replies *replies)
{
	struct reply_row *rows = calloc(replies->count + 1, sizeof(*rows));
	size_t count = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < replies->count; i++)
		if (replies->rows[i].class == REPLY_CLASS_RECEIVER)
			rows[count++] = replies->rows[i];
	for (size_t i = 0; i < replies->count; i++)
		if (replies->rows[i].class != REPLY_CLASS_RECEIVER)
			rows[count++] = replies->rows[i];
	free(replies->rows);
	replies->rows = rows;
	replies->room = count;
	return 0;
}

int replies_load(const char *path, struct replies **ret_replies, struct ini_error *ret_error)
{
	_cleanup_(cleanup_replies_free) struct replies *replies = calloc(1, sizeof(*replies));
	struct ini_error fault = {.message = "cannot read " SHIPPED_NAME ": no memory"};
	int error = replies ? 0 : -ENOMEM;

	if (!error)
		error = read_file(replies, path, &fault);
	if (!error)
		error = read_shipped(replies, &fault);
	if (!error)
		error = put_receivers_first(replies);
	if (error)
		*ret_error = fault;
	else
		*ret_replies = TAKE_PTR(replies);
	return error;
}

static bool is_refusal(const struct dialogue_event *event)
{
	return (event->kind == DIALOGUE_REPLY || event->kind == DIALOGUE_BANNER) && event->code >= 400 && event->text;
}

static const struct reply_row *find_row(const struct replies *replies, const struct reply *reply)
{
	for (size_t i = 0; i < replies->count; i++)
		if (reply_row_matches(&replies->rows[i], reply))
			return &replies->rows[i];
	return NULL;
}

enum reply_class replies_classify(const struct replies *replies, const struct dialogue_event *event,
				  replies_is_ours is_ours, void *context, const char **ret_receiver)
{
	*ret_receiver = NULL;
	if (!is_refusal(event))
		return REPLY_CLASS_NONE;
	struct reply reply = {.stage = event->stage, .code = event->code, .enhanced = event->enhanced};
	reply_text_take(&reply.text, event->text);
	if (reply.enhanced.class == 0) /* a banner's is still in its text */
		reply.enhanced = reply_enhanced_of(reply.text.text);
	const struct reply_row *row = find_row(replies, &reply);
	if (!row)
		return REPLY_CLASS_NONE;
	/* Who blames itself quotes its own resolver. */
	if (row->class != REPLY_CLASS_RECEIVER && !reply_text_may_mean_us(&reply.text, is_ours, context))
		return REPLY_CLASS_NONE;
	*ret_receiver = row->receiver;
	return row->class;
}

size_t replies_count(const struct replies *replies)
{
	return replies->count;
}
