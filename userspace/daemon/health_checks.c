// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel side and the capture are found to be like. health_parts.c has the others. */
#include "daemon/health_checks.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define GOES_ON_NS (60 * NANOSECONDS_A_SECOND)
#define SILENCE_TICKS 10 /* of a capture process that should say something each second */

void recent_note(struct recent *recent, uint64_t count, uint64_t time_ns)
{
	if (count > recent->count)
		recent->grown_ns = time_ns;
	recent->count = count;
}

bool recent_is_lately(const struct recent *recent, uint64_t time_ns)
{
	return recent->grown_ns != 0 && time_ns - recent->grown_ns < HEALTH_LATELY_NS;
}

bool recent_goes_on(const struct recent *recent, uint64_t time_ns)
{
	return recent->grown_ns != 0 && time_ns - recent->grown_ns < GOES_ON_NS;
}

/* What was cut within a character ends before it. */
static void drop_half_character(char *text)
{
	size_t size = strlen(text), start = size;
	uint32_t character;

	while (start > 0 && ((unsigned char)text[--start] & 0xc0) == 0x80)
		;
	if (size > 0 && text_decode_utf8((const uint8_t *)text + start, size - start, &character) == 0)
		text[start] = '\0';
}

struct health_check *health_add(struct health *health, const char *name)
{
	if (health->count < HEALTH_CHECKS_MAX)
		health->count++;
	struct health_check *check = &health->checks[health->count - 1];
	*check = (struct health_check){.state = HEALTH_OK};
	snprintf(check->name, sizeof(check->name), "%s", name);
	drop_half_character(check->name);
	return check;
}

void health_say(struct health_check *check, const char *format, ...)
{
	size_t used = strlen(check->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(check->text + used, sizeof(check->text) - used, format, arguments);
	va_end(arguments);
	drop_half_character(check->text);
}

void health_object(struct health_check *check, enum health_state state, const char *advice)
{
	if (state <= check->state)
		return;
	check->state = state;
	snprintf(check->advice, sizeof(check->advice), "%s", advice);
}

void health_check_kernel(struct health *health, const char *release, bool has_types)
{
	struct health_check *check = health_add(health, "kernel");

	health_say(check, "%s, %s", release, has_types ? "describes its types (BTF)" : "does not describe its types");
	if (!has_types)
		health_object(
			check, HEALTH_DEGRADED,
			"boot a kernel with CONFIG_DEBUG_INFO_BTF=y: with this one smtpwatchd will not start again");
}

/* Lists the rows of a state behind `title`. */
static void say_attachments(struct health_check *check, const char *title, enum sensor_attachment_state state,
			    const struct sensor_attachment *rows, size_t count)
{
	const char *before = title;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].state != state)
			continue;
		health_say(check, "%s%s%s%s", before == title && check->text[0] ? "; " : "", before, rows[i].name,
			   rows[i].is_vital && rows[i].is_classic ? " (classic tracepoint)" : "");
		before = ", ";
	}
}

void health_check_programs(struct health *health, const struct sensor_attachment *rows, size_t count)
{
	struct health_check *check = health_add(health, "programs");

	for (size_t i = 0; i < count; i++)
		if (rows[i].state == SENSOR_DETACHED)
			health_object(check, HEALTH_BLIND,
				      "somebody detached what smtpwatchd had attached: find out who, and restart it");
	say_attachments(check, "detached: ", SENSOR_DETACHED, rows, count);
	say_attachments(check, "attached: ", SENSOR_ATTACHED, rows, count);
	say_attachments(check, "not configured: ", SENSOR_NOT_CONFIGURED, rows, count);
}

static const struct {
	enum health_state state;
	const char *text;
	const char *advice;
} self_test_words[] = {
	[SELF_TEST_PENDING] = {HEALTH_OK, "the first one is not over", ""},
	[SELF_TEST_PASSED] = {HEALTH_OK, "passed", ""},
	[SELF_TEST_UNANSWERED] = {HEALTH_DEGRADED, "a connection of its own was seen, but 127.0.0.1 did not answer",
				  "let processes of this host connect to 127.0.0.1"},
	[SELF_TEST_IMPOSSIBLE] = {HEALTH_DEGRADED, "no connection of its own could be made",
				  "let smtpwatchd listen on 127.0.0.1 and connect to it"},
	[SELF_TEST_HALF_SEEN] = {HEALTH_BLIND, "a connection of its own was seen, but not what became of it",
				 "restart smtpwatchd: outcomes of connections are not known"},
	[SELF_TEST_UNHEARD] = {HEALTH_BLIND, "what was said on a connection of its own was not heard",
			       "what others say is not known either: see what the row capture says, else restart "
			       "smtpwatchd"},
	[SELF_TEST_UNSEEN] = {HEALTH_BLIND, "a connection of its own was not seen",
			      "restart smtpwatchd: connections of others are not seen either"},
};
static_assert(COUNT_OF(self_test_words) == SELF_TEST_STATE_COUNT, "words for each");

void health_check_self_test(struct health *health, const struct self_test_status *status)
{
	struct health_check *check = health_add(health, "self-test");
	char when[CLOCK_TEXT_SIZE];

	health_say(check, "%s", self_test_words[status->state].text);
	if (status->failures > 0 && status->failures < SELF_TEST_FAILURES_MAX)
		health_object(check, HEALTH_DEGRADED, "it is tried again in some seconds");
	else
		health_object(check, self_test_words[status->state].state, self_test_words[status->state].advice);
	if (status->error)
		health_say(check, ": %s", strerror(status->error));
	if (!status->passed_wall_ns) {
		health_say(check, "%s", status->state == SELF_TEST_PENDING ? "" : "; never passed");
		return;
	}
	health_say(check, "%s at %s, seen after %" PRIu64 " us",
		   status->state == SELF_TEST_PASSED ? "" : "; last passed",
		   clock_format_utc(status->passed_wall_ns, when), status->latency_ns / 1000);
	if (status->heard_ns)
		health_say(check, ", heard after %" PRIu64 " us", status->heard_ns / 1000);
}

static void judge_losses(struct health_check *check, const struct health_records *records, uint64_t time_ns)
{
	const __u64 *books = records->books.entries;

	if (recent_is_lately(records->lost, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      books[SW_BOOK_LOST_RING] >= books[SW_BOOK_LOST_FLOWS]
				      ? "counts stay right, details are missing: raise [kernel] ring_size"
				      : "counts stay right, ends of flows are missing: raise [kernel] max_flows");
	if (recent_is_lately(records->skipped_calls, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "the kernel skipped calls of the programs: what they would have told is missing; a newer "
			      "kernel may not");
	if (recent_is_lately(records->scripts, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "too many processes of scripts live at a time: of some the script is not known");
}

void health_check_records(struct health *health, const struct health_records *records, uint64_t time_ns)
{
	struct health_check *check = health_add(health, "records");
	const __u64 *books = records->books.entries;

	if (records->error) {
		health_say(check, "the kernel side's books cannot be read: %s", strerror(records->error));
		health_object(check, HEALTH_BLIND, "restart smtpwatchd: whether anything is lost is not known");
		return;
	}
	if (!sensor_books_balance(&records->books)) {
		health_say(check, "the books do not balance: ");
		health_object(check, HEALTH_BLIND, "this is a fault of smtpwatch: please report it with this line");
	}
	health_say(check,
		   "%" PRIu64 " due, %" PRIu64 " delivered, %" PRIu64 " thinned, %" PRIu64
		   " lost to a full ring, %" PRIu64 " to a full flow map",
		   (uint64_t)books[SW_BOOK_SEEN], (uint64_t)books[SW_BOOK_DELIVERED], (uint64_t)books[SW_BOOK_THINNED],
		   (uint64_t)books[SW_BOOK_LOST_RING], (uint64_t)books[SW_BOOK_LOST_FLOWS]);
	if (records->skipped_calls->count)
		health_say(check, "; %" PRIu64 " calls skipped", records->skipped_calls->count);
	if (records->scripts->count)
		health_say(check, "; %" PRIu64 " scripts not inherited", records->scripts->count);
	judge_losses(check, records, time_ns);
}

static const struct {
	enum health_state state;
	const char *text;
	const char *advice;
} capture_words[] = {
	[CAPTURE_STARTING] = {HEALTH_DEGRADED, "starting", "what is said is not known yet: ask again in some seconds"},
	[CAPTURE_RUNNING] = {HEALTH_OK, "running", ""},
	[CAPTURE_WAITING] = {HEALTH_DEGRADED, "not running, and started again after a pause",
			     "what is said is not known, connections still are: the log says why it does not run"},
};
static_assert(COUNT_OF(capture_words) == CAPTURE_STATE_COUNT, "words for each");

static void judge_capture(struct health_check *check, const struct health_capture *capture, uint64_t time_ns)
{
	const struct capture_status *status = &capture->status;

	health_object(check, capture_words[status->state].state, capture_words[status->state].advice);
	health_say(check, "%s", capture_words[status->state].text);
	if (status->state == CAPTURE_RUNNING && status->silence >= SILENCE_TICKS) {
		health_say(check, ", but silent for %u s", status->silence);
		health_object(
			check, HEALTH_BLIND,
			"what is said is not known, connections still are: see whether the process was stopped (kill "
			"-CONT)");
	}
	if (status->restarts)
		health_say(check, ", restarted %" PRIu64 " times", status->restarts);
	if (recent_is_lately(capture->restarts, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "what was said around its deaths is not known: the log says why it died");
	/* The kernel counts what it drops among what it received (packet_getsockopt() in net/packet/af_packet.c). */
	health_say(check, ", %" PRIu64 " packets, %" PRIu64 " dropped",
		   status->counts.received - status->counts.dropped, status->counts.dropped);
	if (recent_is_lately(capture->packets, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "what was said is missing in places: a larger [capture] buffer helps against bursts");
}

void health_check_capture(struct health *health, const struct health_capture *capture, uint64_t time_ns)
{
	struct health_check *check = health_add(health, "capture");

	if (!capture->is_configured) {
		health_say(check, "off: what is said on connections is not known");
		health_object(check, HEALTH_OFF, "to have it: [capture] enabled = yes");
	} else if (!capture->is_there) {
		health_say(check, "could not be started");
		health_object(check, HEALTH_BLIND,
			      "what is said is not known, connections still are: the log says why; restart "
			      "smtpwatchd, or do without: [capture] enabled = no");
	} else {
		judge_capture(check, capture, time_ns);
	}
}
