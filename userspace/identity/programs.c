// SPDX-License-Identifier: GPL-2.0-only
#include "identity/programs.h"
#include "lib/path.h"

#include "identity/file_id.h"
#include "lib/array.h"
#include "lib/cleanup.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define INTERPRETER SW_PROGRAM_INTERPRETER
#define SHELL (SW_PROGRAM_INTERPRETER | SW_PROGRAM_SHELL)
#define SUBMITTER SW_PROGRAM_SUBMITTER
#define PHP_HOST SW_PROGRAM_PHP_HOST

/*
 * Who starts whom for a message: mail, mailx and mutt start sendmail, so it is sendmail that is counted. Postfix's
 * sendmail starts postdrop, qmail-inject starts qmail-queue, Exim starts itself; the kernel side counts the first of
 * them. PHP is not in here: its builds have a name each, and every name that has "php" in it is looked at.
 */
static const struct known_program known_programs[] = {
	{"sendmail", SUBMITTER},
	{"sendmail.postfix", SUBMITTER},  /* Fedora, by alternatives */
	{"sendmail.sendmail", SUBMITTER}, /* the same */
	{"sendmail.exim", SUBMITTER},
	{"sendmail.msmtp", SUBMITTER},
	{"postdrop", SUBMITTER},
	{"exim", SUBMITTER},
	{"exim4", SUBMITTER}, /* Debian: /usr/sbin/sendmail is a link to it */
	{"msmtp", SUBMITTER},
	{"ssmtp", SUBMITTER},
	{"esmtp", SUBMITTER},
	{"dma", SUBMITTER},
	{"nullmailer-inject", SUBMITTER},
	{"qmail-inject", SUBMITTER},
	{"qmail-queue", SUBMITTER},
	{"smtpctl", SUBMITTER}, /* OpenSMTPD: sendmail is a link to it */
	{"perl", INTERPRETER},
	{"python", INTERPRETER},
	{"python2", INTERPRETER},
	{"python2.7", INTERPRETER},
	{"python3", INTERPRETER},
	{"ruby", INTERPRETER},
	{"node", INTERPRETER},
	{"nodejs", INTERPRETER},
	{"bash", SHELL},
	{"dash", SHELL},
	{"sh", SHELL},
	{"ksh", SHELL},
	{"zsh", SHELL},
	{"apache2", PHP_HOST},
	{"httpd", PHP_HOST},
	{"unitd", PHP_HOST}, /* NGINX Unit */
	{"uwsgi", PHP_HOST},
	{"uwsgi-core", PHP_HOST}, /* Debian */
};

/* Where distributions and control panels install them. */
static const char *const folders[] = {"/usr/bin",       "/usr/sbin",       "/usr/lib",
				      "/usr/local/bin", "/usr/local/sbin", "/usr/libexec/sendmail",
				      "/var/qmail/bin", "/usr/lib/courier"};

const struct known_program *programs_known(size_t *ret_count)
{
	*ret_count = COUNT_OF(known_programs);
	return known_programs;
}

/* The flags by the name that the file itself has: a link may lead from sendmail to a program that does other things
 * too. */
static uint32_t flags_of(const char *path, uint32_t flags)
{
	static const char *const others[] = {"busybox", "toybox"};
	const char *name = path_file_name(path);

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strcmp(name, others[i]) == 0)
			return 0;
	return flags;
}

static int find_in(const char *folder, const struct known_program *known, program_taker take, void *context)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *real = NULL;
	struct file_id id;
	struct stat status;

	if (asprintf(&path, "%s/%s", folder, known->name) < 0)
		return -ENOMEM;
	real = realpath(path, NULL);
	if (!real || file_id_resolve(real, &id) != 0 || stat(real, &status) != 0)
		return 0;
	const struct sw_file_id file = {.inode = id.inode, .device = id.device, .size = (uint32_t)status.st_size};
	uint32_t flags = flags_of(real, known->flags);
	return flags ? take(context, &file, flags) : 0;
}

int programs_find(program_taker take, void *context)
{
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		for (size_t j = 0; j < COUNT_OF(known_programs); j++) {
			int error = find_in(folders[i], &known_programs[j], take, context);
			if (error)
				return error;
		}
	}
	return 0;
}

/* Names under which the submission programs do something else. */
static const char *const other_names[] = {
	"mailq", /* lists the queue */
	"runq",  /* works it off */
	"newaliases", "hoststat", "purgestat",
};

/* First arguments that ask for something else than taking in a message: sendmail(1) of Postfix, sendmail(8) of
 * Sendmail, exim(8), msmtp(1), dma(8). Patterns of fnmatch(3). */
static const char *const other_modes[] = {
	"-b[dDpPivVehHtflw]*", /* daemon, queue, aliases, verify, version, tests */
	"-q*",                 /* a queue run */
	"-I",                  /* newaliases */
	"-M[a-z]*",            /* Exim: deliver, remove, freeze a message that is in the queue */
	"-d",
	"--version",
	"--help",
	"--serverinfo",
	"--configure*",
};

/* A later argument can take the first one back: of two modes the last one counts. */
static const char *const message_modes[] = {"-b[msSa]*", "-t*", "-i*"};

static bool matches(const char *text, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fnmatch(patterns[i], text, 0) == 0)
			return true;
	return false;
}

/* The argument behind this one, or NULL. `argv` ends with NUL. */
static const char *next_argument(const char *argument, const char *end)
{
	const char *next = argument + strlen(argument) + 1;
	return next < end ? next : NULL;
}

bool programs_hands_over_message(const struct observation *submission)
{
	char argv[SW_ARGV_SIZE + 1];
	size_t size = submission->argv_size < SW_ARGV_SIZE ? submission->argv_size : SW_ARGV_SIZE;

	if (size == 0)
		return true;
	memcpy(argv, submission->argv, size);
	argv[size] = '\0';
	const char *name = path_file_name(argv);
	const char *argument = next_argument(argv, argv + size);
	bool is_other = matches(name, other_names, COUNT_OF(other_names));

	if (submission->executable && strcmp(submission->executable, "/usr/sbin/smtpctl") == 0 &&
	    fnmatch("*send*mail", name, 0) != 0)
		return false;
	if (argument && matches(argument, other_modes, COUNT_OF(other_modes))) {
		is_other = true;
		argument = next_argument(argument, argv + size);
	}
	for (; argument; argument = next_argument(argument, argv + size))
		if (matches(argument, message_modes, COUNT_OF(message_modes)))
			return true;
	return !is_other;
}
