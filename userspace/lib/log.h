/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program says about itself, a line each: to stderr while it runs in the foreground, else to
 * syslog's daemon facility. Alerts do not go this way: they have sinks of their own.
 */
#ifndef SMTPWATCH_LIB_LOG_H
#define SMTPWATCH_LIB_LOG_H

#include <stddef.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_COUNT,
};

/* Lines go to the syslog socket from now on. The start is stderr. One that syslog does not take is lost: nothing waits
 * for it. The next one that gets through is led by how many were. */
void log_to_syslog(void);

/* From now on the same holds for stderr: for a process that must go on when nobody reads what it says. */
void log_never_wait(void);

/* Lines on stderr say their priority from now on, as the journal reads it (sd-daemon(3): "<3>"), if stderr is the
 * journal's own stream: $JOURNAL_STREAM (systemd.exec(5)) has its device and inode. */
void log_for_journal(void);

/* Lines above this level are dropped. The start is LOG_LEVEL_NOTICE. */
void log_set_level(enum log_level level);

/* Until it is called with NULL, the first error is also written here, cut to `size`: for whoever asked for something
 * that is then said to have failed. */
void log_keep_error(char *text, size_t size);

/* Formats a line of at most 1 KiB; text that came from outside must have gone through text_escape(). */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
