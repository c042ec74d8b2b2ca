// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/kept_state.h"

#include "daemon/root_file.h"
#include "lib/clock.h"
#include "lib/fingerprint.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SAVE_EVERY_NS (60 * NANOSECONDS_A_SECOND)
#define BYTES_A_SECOND (256 * 1024)
#define FILE_MAX (1024 * 1024 * 1024)
#define BUFFER_SIZE (256 * 1024)
#define LEAST_URGENT 19 /* setpriority(2) */

struct kept_state {
	char *path;   /* NULL: nothing is kept */
	FILE *stream; /* what is read; NULL: nothing, or no more */
	struct state_head head;
	bool has_head;
	struct gap_moment begin; /* of this run */
	struct gap_moment end;   /* the same; wall_ns 0: it goes on */
	struct watch_gap gap;
	bool has_saved;
	uint64_t saved_ns; /* when it was last begun to */
	uint64_t changes;  /* that are in the file */
	uint64_t every_ns; /* how long it is until the next time */
	uint64_t alive_ns; /* when the head was last made to say so */
	pid_t writer;      /* 0: none is at work */
	bool is_failing;   /* and said so */
};

/* ---- Reading */

static void report_reading(const struct kept_state *state, const struct state_reading *reading)
{
	if (reading->bad)
		log_warning("%s:%zu: cannot be read; what it kept is lost%s", state->path, reading->first_bad,
			    reading->bad > 1 ? ", as are others behind it" : "");
	if (!reading->has_end)
		log_warning("%s:%zu: the file ends here, before its end: what was to come is lost", state->path,
			    reading->lines);
}

static void read_head(struct kept_state *state)
{
	state->has_head = state_lines_read_head(state->stream, &state->head);
	if (!state->has_head)
		log_warning("%s is no state of smtpwatchd: nothing is known of the time before", state->path);
	/* A file without a secret is none. */
	if (state->has_head && !fingerprint_resume(&state->head.secret))
		state->has_head = false;
}

static void open_file(struct kept_state *state)
{
	struct stat status;
	int fd = root_file_open(state->path);

	if (fd >= 0 && (fstat(fd, &status) != 0 || status.st_size > FILE_MAX)) {
		close(fd);
		fd = -EFBIG;
	}
	if (fd == -ENOENT)
		return;
	state->stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	if (fd < 0)
		log_warning("cannot read %s: %s; nothing is known of the time before", state->path,
			    fd == -EPERM ? "others than root may write to it, or it is no file" : strerror(-fd));
	else if (!state->stream)
		close(fd);
	else
		read_head(state);
}

struct kept_state *kept_state_new(const char *path)
{
	_cleanup_(cleanup_kept_state_free) struct kept_state *state = calloc(1, sizeof(*state));

	if (!state)
		return NULL;
	if (path && !(state->path = strdup(path)))
		return NULL;
	if (path)
		open_file(state);
	return TAKE_PTR(state);
}

static void stop_writer(struct kept_state *state)
{
	if (state->writer > 0 && kill(state->writer, SIGKILL) == 0)
		waitpid(state->writer, NULL, 0);
	state->writer = 0;
}

void kept_state_free(struct kept_state *state)
{
	if (!state)
		return;
	stop_writer(state);
	if (state->stream)
		fclose(state->stream);
	free(state->path);
	free(state);
}

void kept_state_begin(struct kept_state *state)
{
	state->begin = gap_moment_now();
	if (state->has_head)
		state->gap = gap_between(&state->head.moment, !state->head.is_end, &state->begin);
}

void kept_state_restore_rules(struct kept_state *state, struct rules *rules)
{
	uint64_t clock_ns = state->has_head ? state_head_clock(&state->head, &state->begin) : 0;
	struct state_reading reading;

	if (!state->has_head || state->begin.boot_ns + clock_ns > STATE_TIME_MAX)
		return;
	rules_set_clock(rules, clock_ns);
	state_lines_read_rules(state->stream, rules, state->begin.boot_ns, &reading);
	report_reading(state, &reading);
}

void kept_state_restore_rest(struct kept_state *state, struct ledger *ledger, struct control *control)
{
	struct state_reading reading;

	if (state->has_head && ledger) {
		state_lines_read_rest(state->stream, ledger, control, &reading);
		if (reading.bad)
			report_reading(state, &reading);
	}
	if (state->stream)
		fclose(TAKE_PTR(state->stream));
}

bool kept_state_is_on(const struct kept_state *state)
{
	return state->path;
}

const struct watch_gap *kept_state_gap(const struct kept_state *state)
{
	return state->has_head ? &state->gap : NULL;
}

/* ---- Writing */

static int write_fresh(const struct kept_parts *parts, const struct gap_moment *moment, bool is_end, const char *fresh)
{
	int fd = root_file_begin(fresh);
	_cleanup_fclose_ FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (fd >= 0 && !stream)
		close(fd);
	if (!stream)
		return fd < 0 ? fd : -ENOMEM;
	setvbuf(stream, NULL, _IOFBF, BUFFER_SIZE);
	state_lines_write(parts, moment, is_end, stream);
	errno = 0;
	if (fflush(stream) != 0 || ferror(stream) || fsync(fd) != 0)
		return errno ? -errno : -EIO;
	return 0;
}

static int replace_file(const struct kept_state *state, const struct kept_parts *parts, const struct gap_moment *moment,
			bool is_end)
{
	char fresh[PATH_MAX];
	int length = snprintf(fresh, sizeof(fresh), "%s.new", state->path);

	if (length >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	int error = root_file_make_directory(state->path);
	if (!error)
		error = write_fresh(parts, moment, is_end, fresh);
	if (!error && rename(fresh, state->path) != 0)
		error = -errno;
	if (error)
		unlink(fresh);
	return error;
}

static void report(struct kept_state *state, int error)
{
	if (error && !state->is_failing)
		log_warning("cannot write %s: %s; what is known now is forgotten at the next start", state->path,
			    strerror(-error));
	if (!error && state->is_failing)
		log_notice("%s can be written again", state->path);
	state->is_failing = error != 0;
}

/* Of the process that writes. Whatever the daemon holds goes at once: nothing may stay attached or open for it. It does
 * not outlive the daemon, whose next run must not meet it. */
__attribute__((noreturn)) static void write_and_exit(const struct kept_state *state, const struct kept_parts *parts,
						     pid_t daemon)
{
	const struct gap_moment now = gap_moment_now();

	close_range(STDERR_FILENO + 1, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon)
		_exit(EINTR);
	setpriority(PRIO_PROCESS, 0, LEAST_URGENT);
	_exit(-replace_file(state, parts, &now, false));
}

static void begin_writing(struct kept_state *state, const struct kept_parts *parts, uint64_t time_ns)
{
	pid_t daemon = getpid();

	state->saved_ns = state->alive_ns = time_ns;
	state->has_saved = true;
	state->every_ns = SAVE_EVERY_NS;
	pid_t child = fork();
	if (child == 0)
		write_and_exit(state, parts, daemon);
	if (child < 0) {
		report(state, -errno);
		return;
	}
	state->writer = child;
	state->changes = parts->changes;
}

/* Large files are written less often. */
static void take_size(struct kept_state *state)
{
	struct stat status;

	if (stat(state->path, &status) != 0)
		return;
	uint64_t every_ns = (uint64_t)status.st_size / BYTES_A_SECOND * NANOSECONDS_A_SECOND;
	if (every_ns > state->every_ns)
		state->every_ns = every_ns;
}

/* Returns whether one is still at work. */
static bool is_writing(struct kept_state *state)
{
	int status;

	if (state->writer <= 0)
		return false;
	pid_t ended = waitpid(state->writer, &status, WNOHANG);
	if (ended == 0)
		return true;
	state->writer = 0;
	int error = ended > 0 && WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
	report(state, error);
	if (!error)
		take_size(state);
	else
		state->has_saved = false;
	return false;
}

/* Nothing has changed, and that is so until now: only the head says so. What is at its place is of the same length. */
static void say_alive(struct kept_state *state, const struct kept_parts *parts, uint64_t time_ns)
{
	const struct state_head head = {
		.moment = gap_moment_now(),
		.clock_ns = rules_clock(parts->rules),
		.secret = fingerprint_begin(),
	};
	char text[STATE_HEAD_SIZE];
	int length = state_head_format(&head, text);
	_cleanup_close_ int fd = open(state->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	state->alive_ns = time_ns;
	if (fd < 0 || pwrite(fd, text, (size_t)length, 0) != length)
		state->has_saved = false; /* it is gone, and written anew */
}

void kept_state_tick(struct kept_state *state, const struct kept_parts *parts, uint64_t time_ns)
{
	if (!state->path || is_writing(state))
		return;
	const bool is_first = !state->is_failing && !state->has_saved;
	if (!is_first && time_ns < state->saved_ns + state->every_ns)
		return;
	if (!state->has_saved || state->changes != parts->changes)
		begin_writing(state, parts, time_ns);
	else if (time_ns >= state->alive_ns + SAVE_EVERY_NS)
		say_alive(state, parts, time_ns);
}

void kept_state_end(struct kept_state *state)
{
	state->end = gap_moment_now();
}

int kept_state_save(struct kept_state *state, const struct kept_parts *parts)
{
	if (!state->path)
		return -ENODATA;
	stop_writer(state);
	int error = replace_file(state, parts, &state->end, true);
	report(state, error);
	return error;
}
