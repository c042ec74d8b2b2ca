// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the filter. Its parts stand in this order because a load from behind the end of a packet refuses the
 * packet at once, whatever follows: the parts that look into the payload come last. libpcap's optimizer joins what the
 * parts have in common, so a packet of another port passes each port's comparison once.
 */
#include "capture/source.h"

#include "lib/array.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

struct writer {
	char *text;
	size_t size;
	size_t used;
	bool is_full;
};

__attribute__((format(printf, 2, 3))) static void append(struct writer *writer, const char *format, ...)
{
	va_list arguments;

	if (writer->is_full)
		return;
	va_start(arguments, format);
	int written = vsnprintf(writer->text + writer->used, writer->size - writer->used, format, arguments);
	va_end(arguments);
	if (written < 0 || (size_t)written >= writer->size - writer->used)
		writer->is_full = true;
	else
		writer->used += (size_t)written;
}

/* Fragments but the first have no ports: they pass, and are joined or forgotten. An IPv6 packet with extension headers
 * (hop-by-hop 0, routing 43, fragment 44, destination options 60) hides them from the kernel's filter. */
static void append_hidden_ports(struct writer *writer, const struct source_filter *filter)
{
	append(writer, "(ip[6:2] & 0x1fff != 0 and (ip proto 6%s))", filter->names ? " or ip proto 17" : "");
	append(writer, " or ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60");
}

static void append_ports(struct writer *writer, const struct source_filter *filter)
{
	if (filter->port_count == 0)
		return;
	append(writer, " or (tcp and (");
	for (size_t i = 0; i < filter->port_count; i++)
		append(writer, "%sport %u", i > 0 ? " or " : "", filter->ports[i]);
	append(writer, "))");
}

/* EHLO or HELO and a space at the start of the payload; bit 5 is the difference between upper and lower case. tcp[]
 * knows IPv4 only, so the header of 40 bytes is skipped by hand for IPv6. */
static void append_greetings(struct writer *writer)
{
	static const struct {
		const char *condition, *payload;
	} versions[] = {
		{"ip proto 6", "tcp[((tcp[12] & 0xf0) >> 2)"},
		{"ip6[6] = 6", "ip6[((ip6[52] & 0xf0) >> 2) + 40"},
	};

	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		const char *payload = versions[i].payload;

		append(writer, " or (%s and ", versions[i].condition);
		append(writer, "(%s : 4] & 0xdfdfdfdf = 0x45484c4f or ", payload);
		append(writer, "%s : 4] & 0xdfdfdfdf = 0x48454c4f) and ", payload);
		append(writer, "%s + 4] = 0x20)", payload);
	}
}

int source_filter_text(const struct source_filter *filter, char *text, size_t size)
{
	struct writer writer = {.text = text, .size = size};

	append_hidden_ports(&writer, filter);
	append_ports(&writer, filter);
	if (filter->names)
		append(&writer, " or ((tcp or udp) and port 53)");
	if (filter->off_port)
		append_greetings(&writer);
	return writer.is_full ? -ENOSPC : 0;
}
