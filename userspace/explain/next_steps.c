// SPDX-License-Identifier: GPL-2.0-only
#include "explain/next_steps.h"

#include "explain/json_path.h"
#include "explain/moment.h"
#include "explain/page.h"
#include "explain/proposals.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/path.h"
#include "lib/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define WORD_MAX 1024
#define WORD_SIZE (4 * WORD_MAX + sizeof("''"))
#define BEFORE_NS (10 * 60 * NANOSECONDS_A_SECOND)

/*
 * Writes the text as one word of a shell: in single quotes, in which nothing but their end is special. False: it has
 * escaped characters, so the word would not be what was seen, or it is cut, too long, or would be taken for an option.
 */
static bool quote_word(const char *text, char word[WORD_SIZE])
{
	char escaped[TEXT_ESCAPED_SIZE(WORD_MAX)];
	size_t size = text ? strlen(text) : 0;
	size_t length = 0;

	if (size == 0 || size > WORD_MAX || *text == '-' || strchr(text, '\\') || strncmp(text, "...", 3) == 0 ||
	    text_escape(escaped, sizeof(escaped), text, size) != size)
		return false;
	word[length++] = '\'';
	for (; *text; text++) {
		if (*text == '\'') {
			memcpy(word + length, "'\\'", 3);
			length += 3;
		}
		word[length++] = *text;
	}
	word[length++] = '\'';
	word[length] = '\0';
	return true;
}

static void print_command(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print_command(FILE *out, const char *format, ...)
{
	va_list arguments;

	fputs("    ", out);
	va_start(arguments, format);
	vfprintf(out, format, arguments);
	va_end(arguments);
	fputc('\n', out);
}

static void print_process(const struct incident *incident, const struct who *who, FILE *out)
{
	if (!who->pid || who->source)
		return;
	page_say(out, 2, "The process, if it still runs (look at its start: a number may be another's by now):");
	print_command(out, "ps -o pid,ppid,user,lstart,args -p %" PRIu64, who->pid);
	print_command(out, "ls -l /proc/%" PRIu64 "/exe /proc/%" PRIu64 "/cwd /proc/%" PRIu64 "/fd", who->pid, who->pid,
		      who->pid);
	print_command(out, "ss -tnp state all | grep -F 'pid=%" PRIu64 ",'", who->pid);
	(void)incident;
}

static bool directory_of(const char *path, char directory[WORD_MAX + 1])
{
	const char *name = path_file_name(path);

	if (*path != '/' || (size_t)(name - path) > WORD_MAX)
		return false;
	snprintf(directory, WORD_MAX + 1, "%.*s", name - path > 1 ? (int)(name - path - 1) : 1, path);
	return true;
}

static void print_script(const struct incident *incident, const struct who *who, FILE *out)
{
	char script[WORD_SIZE];
	char directory[WORD_MAX + 1];
	char word[WORD_SIZE];

	if (who->is_one_liner || !quote_word(who->script, script))
		return;
	page_say(out, 2, "The script: whose it is, since when, what is in it, what came with it:");
	print_command(out, "stat %s", script);
	/* Not less on the file itself: distributions have it start converters by the file's content (LESSOPEN). */
	print_command(out, "cat -v %s | less", script);
	if (directory_of(who->script, directory) && quote_word(directory, word))
		print_command(out, "find %s -xdev -type f -newermt '%s' -ls", word,
			      MOMENT_AS(incident->first_wall_ns - 24 * 3600 * NANOSECONDS_A_SECOND, "%F %T"));
}

/* Logs of nginx and Apache have the time as 22/Nov/2026:03:12:04, in local time. */
static void print_access_log(const struct incident *incident, const struct who *who, FILE *out)
{
	char url[WORD_SIZE];
	char bare[WORD_MAX + 1];

	if (!who->url || strcspn(who->url, "?") > WORD_MAX)
		return;
	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(who->url, "?"), who->url);
	if (!quote_word(bare, url))
		return;
	page_say(out, 2, "Who asked for it, in the access log of the site (its place may be another):");
	print_command(out, "grep -F '%s' /var/log/{nginx,apache2,httpd}/*access*log | grep -F %s",
		      MOMENT_AS(incident->first_wall_ns, "%d/%b/%Y:%H:%M"), url);
}

static void print_unit(const struct incident *incident, const struct who *who, FILE *out)
{
	char unit[WORD_SIZE];

	if (!quote_word(who->unit, unit))
		return;
	page_say(out, 2, "Its unit:");
	print_command(out, "systemctl status %s", unit);
	print_command(out, "journalctl -u %s --since '%s'", unit,
		      MOMENT_AS(incident->first_wall_ns - BEFORE_NS, "%F %T"));
}

static void print_container(const struct incident *incident, const struct who *who, FILE *out)
{
	char container[WORD_SIZE];
	(void)incident;

	if (!who->runtime || (strcmp(who->runtime, "docker") != 0 && strcmp(who->runtime, "podman") != 0) ||
	    !quote_word(who->container, container))
		return;
	page_say(out, 2, "Its container:");
	print_command(out, "%s top %s", who->runtime, container);
	print_command(out, "%s logs --since '%s' %s", who->runtime,
		      MOMENT_AS(incident->first_wall_ns - BEFORE_NS, "%FT%T"), container);
}

static void print_user(const struct incident *incident, const struct who *who, FILE *out)
{
	char user[WORD_SIZE];
	(void)incident;

	if (who->container || !quote_word(who->user, user))
		return;
	page_say(out, 2, "What else this user runs, and what is started for him by the clock:");
	print_command(out, "ps -o pid,lstart,args -u %s", user);
	print_command(out, "crontab -l -u %s", user);
}

static void print_machine(const struct incident *incident, const struct who *who, FILE *out)
{
	(void)incident;
	if (!who->source || strcmp(who->origin, "forwarded") != 0 ||
	    strspn(who->source, "0123456789abcdef.:") != strlen(who->source))
		return;
	page_say(out, 2, "The machine behind this one, and what it does right now:");
	print_command(out, "ip neigh show to %s", who->source);
	print_command(out, "conntrack -L -s %s", who->source);
}

static void (*const steps[])(const struct incident *incident, const struct who *who, FILE *out) = {
	print_script, print_access_log, print_process, print_unit, print_container, print_user, print_machine,
};

static bool has_rule(const struct incident *incident, const char *rule)
{
	for (size_t i = 0; i < incident->rule_count; i++)
		if (strcmp(incident->rules[i], rule) == 0)
			return true;
	return false;
}

/* The one incident that is about smtpwatchd itself. */
static void print_watch(const struct incident *incident, FILE *out)
{
	page_say(out, 2, "What is found now, part by part, and what to do about each:");
	print_command(out, "smtpwatch status");
	page_say(out, 2, "What was logged before it:");
	print_command(out, "journalctl -u smtpwatchd --since '%s'",
		      MOMENT_AS(incident->first_wall_ns - BEFORE_NS, "%F %T"));
	page_say(out, 2,
		 "Where nothing says why, somebody may have blinded it to be unseen: look at who was root then, before "
		 "it is restarted:");
	print_command(out, "last -x | head; bpftool prog show; bpftool link show");
	print_command(out, "systemctl restart smtpwatchd");
}

void next_steps_print(const struct incident *incident, FILE *out)
{
	const struct who who = who_of_line(incident->latest);

	page_heading(out, "What to do next");
	if (has_rule(incident, "blind")) {
		print_watch(incident, out);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		steps[i](incident, &who, out);
	if (has_rule(incident, "blocked"))
		page_say(out, 2,
			 "Receivers refuse this host. Stop the cause before asking any of them to be taken off "
			 "a list.");
}
