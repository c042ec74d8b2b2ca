/* SPDX-License-Identifier: GPL-2.0-only */
/* What the log says meanwhile, in place of standard error. */
#ifndef SMTPWATCH_TESTS_SUPPORT_LOG_CAPTURE_H
#define SMTPWATCH_TESTS_SUPPORT_LOG_CAPTURE_H

#include "support/test.h"

#include <unistd.h>

struct log_capture {
	FILE *stream;
	int kept; /* standard error itself */
	char text[4096];
};

static inline void log_capture_begin(struct log_capture *capture)
{
	*capture = (struct log_capture){.stream = tmpfile(), .kept = dup(STDERR_FILENO)};
	assert_non_null(capture->stream);
	assert_true(capture->kept >= 0);
	assert_int_equal(dup2(fileno(capture->stream), STDERR_FILENO), STDERR_FILENO);
}

/* To be called before anything is asserted that could fail: it would be said into the file. */
static inline const char *log_capture_end(struct log_capture *capture)
{
	ssize_t size = pread(fileno(capture->stream), capture->text, sizeof(capture->text) - 1, 0);

	capture->text[size > 0 ? size : 0] = '\0';
	dup2(capture->kept, STDERR_FILENO);
	close(capture->kept);
	fclose(capture->stream);
	return capture->text;
}

#endif
