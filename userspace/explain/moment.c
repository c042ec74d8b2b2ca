// SPDX-License-Identifier: GPL-2.0-only
#include "explain/moment.h"

#include "lib/array.h"
#include "lib/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t moment_parse(const char *text)
{
	struct tm parts = {0};

	if (!text)
		return 0;
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	time_t seconds = rest ? timegm(&parts) : -1;
	if (seconds < 0 || (uint64_t)seconds >= UINT64_MAX / NANOSECONDS_A_SECOND)
		return 0;
	uint64_t fraction = 0;
	if (*rest == '.')
		for (uint64_t unit = NANOSECONDS_A_SECOND / 10; *++rest >= '0' && *rest <= '9'; unit /= 10)
			fraction += (uint64_t)(*rest - '0') * unit;
	return strcmp(rest, "Z") == 0 ? (uint64_t)seconds * NANOSECONDS_A_SECOND + fraction : 0;
}

const char *moment_format_as(uint64_t wall_ns, const char *format, char text[MOMENT_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ns / NANOSECONDS_A_SECOND);
	struct tm parts;

	if (!localtime_r(&seconds, &parts) || strftime(text, MOMENT_TEXT_SIZE, format, &parts) == 0)
		text[0] = '\0';
	return text;
}

const char *moment_format(uint64_t wall_ns, char text[MOMENT_TEXT_SIZE])
{
	return moment_format_as(wall_ns, "%F %T %Z", text);
}

const char *moment_format_day(uint64_t wall_ns, char text[MOMENT_TEXT_SIZE])
{
	char whole[CLOCK_TEXT_SIZE];

	snprintf(text, MOMENT_TEXT_SIZE, "%.10s", clock_format_utc(wall_ns, whole));
	return text;
}

const char *span_format(uint64_t seconds, char text[MOMENT_TEXT_SIZE])
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	size_t i = 0;

	while (i + 1 < COUNT_OF(units) && seconds < units[i].seconds)
		i++;
	int length = snprintf(text, MOMENT_TEXT_SIZE, "%" PRIu64 " %s", seconds / units[i].seconds, units[i].name);
	uint64_t rest = i + 1 < COUNT_OF(units) ? seconds % units[i].seconds / units[i + 1].seconds : 0;
	if (rest)
		snprintf(text + length, MOMENT_TEXT_SIZE - (size_t)length, " %" PRIu64 " %s", rest, units[i + 1].name);
	return text;
}
