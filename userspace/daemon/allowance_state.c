// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/allowance_state.h"

#include "daemon/root_file.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define SAVE_EVERY_NS (3600 * NANOSECONDS_A_SECOND)
#define SECONDS_MAX (UINT64_MAX / NANOSECONDS_A_SECOND)
#define LINE_SIZE 256   /* a name and two numbers have far fewer */
#define LINES_MAX 10000 /* more than a rule set can have allowances */
#define BLANKS " \t\n"

struct allowance_state {
	char *path;
	char *written; /* what the file has, as far as this process made it; NULL: not known */
	uint64_t saved_ns;
	bool has_saved;  /* or tried to */
	bool is_failing; /* and said so */
};

struct allowance_state *allowance_state_new(const char *path)
{
	_cleanup_(cleanup_allowance_state_free) struct allowance_state *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	state->path = strdup(path);
	return state->path ? TAKE_PTR(state) : NULL;
}

void allowance_state_free(struct allowance_state *state)
{
	if (!state)
		return;
	free(state->path);
	free(state->written);
	free(state);
}

/* Cuts "NAME SINCE USED" into its words. */
static bool read_line(char *line, const char **ret_name, uint64_t *ret_since_ns, uint64_t *ret_used_ns)
{
	char *rest = NULL;
	const char *name = strtok_r(line, BLANKS, &rest);
	const char *since = strtok_r(NULL, BLANKS, &rest);
	const char *used = strtok_r(NULL, BLANKS, &rest);
	uint64_t since_seconds;
	uint64_t used_seconds;

	if (!used || strtok_r(NULL, BLANKS, &rest) || text_parse_number(since, 1, SECONDS_MAX, &since_seconds) != 0 ||
	    text_parse_number(used, 0, SECONDS_MAX, &used_seconds) != 0)
		return false;
	*ret_name = name;
	*ret_since_ns = since_seconds * NANOSECONDS_A_SECOND;
	*ret_used_ns = used_seconds * NANOSECONDS_A_SECOND;
	return true;
}

static uint64_t at_most(uint64_t time_ns, uint64_t limit_ns)
{
	return time_ns < limit_ns ? time_ns : limit_ns;
}

struct loading {
	struct allowance_use *uses;
	size_t count;
	uint64_t wall_ns;
};

static bool take_line(const struct loading *loading, char *line)
{
	const char *name;
	uint64_t since_ns;
	uint64_t used_ns;

	if (!read_line(line, &name, &since_ns, &used_ns))
		return false;
	for (size_t i = 0; i < loading->count; i++) {
		struct allowance_use *use = &loading->uses[i];
		if (use->since_wall_ns != 0 || strcmp(use->name, name) != 0)
			continue;
		use->since_wall_ns = at_most(since_ns, loading->wall_ns);
		if (use->used_wall_ns == 0) /* else it was needed before it could be read */
			use->used_wall_ns = at_most(used_ns, loading->wall_ns);
	}
	return true;
}

/* Whole lines only; the rest of one that is too long is read away. */
static bool next_line(FILE *stream, char line[LINE_SIZE], bool *ret_is_whole)
{
	if (!fgets(line, LINE_SIZE, stream))
		return false;
	*ret_is_whole = strchr(line, '\n') != NULL;
	for (int byte = 0; !*ret_is_whole && byte != '\n' && byte != EOF;)
		byte = getc(stream);
	return true;
}

static void load_stream(const struct allowance_state *state, FILE *stream, const struct loading *loading)
{
	char line[LINE_SIZE];
	bool is_whole;
	int first_bad = 0;
	int bad = 0;

	for (int number = 1; number <= LINES_MAX && next_line(stream, line, &is_whole); number++) {
		if (is_whole && take_line(loading, line))
			continue;
		first_bad = bad++ ? first_bad : number;
	}
	if (bad)
		log_warning("%s:%d: not NAME SINCE USED; the line is ignored%s", state->path, first_bad,
			    bad > 1 ? ", and others behind it" : "");
}

void allowance_state_load(struct allowance_state *state, struct allowances *allowances, uint64_t wall_ns)
{
	struct loading loading = {.wall_ns = wall_ns};

	loading.uses = allowances_uses(allowances, &loading.count);
	if (loading.count == 0)
		return;
	/* Who else could write to it could let an allowance rot, or have a good one taken away. */
	int fd = root_file_open(state->path);
	_cleanup_fclose_ FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (stream)
		load_stream(state, stream, &loading);
	else if (fd >= 0)
		close(fd);
	else if (fd != -ENOENT)
		log_warning("cannot read %s: %s; every allowance counts as begun today", state->path,
			    fd == -EPERM ? "others than root may write to it, or it is no file" : strerror(-fd));
}

/* NULL: no memory. */
static char *format_uses(const struct allowance_use *uses, size_t count)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (uses[i].since_wall_ns == 0 && uses[i].used_wall_ns == 0)
			continue;
		uint64_t used = uses[i].used_wall_ns / NANOSECONDS_A_SECOND;
		uint64_t since = uses[i].since_wall_ns / NANOSECONDS_A_SECOND;
		fprintf(stream, "%s %" PRIu64 " %" PRIu64 "\n", uses[i].name, since ? since : used, used);
	}
	bool failed = ferror(stream);
	if (fclose(stream) != 0 || failed)
		return NULL;
	return TAKE_PTR(text);
}

static int write_all(const char *path, const char *text)
{
	size_t left = strlen(text);
	_cleanup_close_ int fd = root_file_begin(path);

	if (fd < 0)
		return fd;
	while (left > 0) {
		ssize_t size = write(fd, text, left);
		if (size <= 0)
			return size < 0 ? -errno : -EIO;
		text += size;
		left -= (size_t)size;
	}
	return 0;
}

/* Without fsync(), which can take seconds: a power cut costs what was new, and nothing but this is built on it. */
static int replace_file(const char *path, const char *text)
{
	char fresh[PATH_MAX];
	int length = snprintf(fresh, sizeof(fresh), "%s.new", path);

	if (length >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	int error = root_file_make_directory(path);
	if (!error)
		error = write_all(fresh, text);
	if (!error && rename(fresh, path) != 0)
		error = -errno;
	if (error)
		unlink(fresh);
	return error;
}

static int remove_file(const char *path)
{
	return unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

static void report(struct allowance_state *state, int error)
{
	if (error && !state->is_failing)
		log_warning("cannot write %s: %s; when allowances were needed is forgotten at the next start",
			    state->path, strerror(-error));
	if (!error && state->is_failing)
		log_notice("%s can be written again", state->path);
	state->is_failing = error != 0;
}

int allowance_state_save(struct allowance_state *state, struct allowances *allowances)
{
	size_t count;
	const struct allowance_use *uses = allowances_uses(allowances, &count);
	_cleanup_free_ char *text = format_uses(uses, count);
	int error = 0;

	if (!text)
		error = -ENOMEM;
	else if (!state->written || strcmp(state->written, text) != 0)
		error = *text ? replace_file(state->path, text) : remove_file(state->path);
	report(state, error);
	if (error)
		return error;
	free(state->written);
	state->written = TAKE_PTR(text);
	return 0;
}

void allowance_state_tick(struct allowance_state *state, struct allowances *allowances, uint64_t time_ns)
{
	if (state->has_saved && time_ns < state->saved_ns + SAVE_EVERY_NS)
		return;
	state->has_saved = true;
	state->saved_ns = time_ns;
	allowance_state_save(state, allowances);
}
