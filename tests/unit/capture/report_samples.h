/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of every sort, with the widest values and with the narrowest. */
#ifndef SMTPWATCH_TESTS_CAPTURE_RECORD_SAMPLES_H
#define SMTPWATCH_TESTS_CAPTURE_RECORD_SAMPLES_H

#include "capture/report.h"

static const struct endpoint here = {{{255, [15] = 255}}, 65535};
static const struct endpoint there = {{{0x20, 0x01, 0x0d, 0xb8, [15] = 0x25}}, 25};

static const struct dialogue_event dialogues[] = {
	{.kind = DIALOGUE_OPENED,
	 .source = {{{1, [15] = 2}}, UINT32_MAX, {1, 2, 3, 4, 5, 6}, true},
	 .incoming = true,
	 .has_syn = true},
	{.kind = DIALOGUE_OPENED},
	{.kind = DIALOGUE_ALIAS, .alias_local = {{{255}}, 65535}, .alias_remote = {{{1}}, 2}},
	{.kind = DIALOGUE_ANSWERED},
	{.kind = DIALOGUE_BANNER, .code = 999, .text = "mx.example.net ESMTP"},
	{.kind = DIALOGUE_BANNER, .code = 0, .text = ""},
	{.kind = DIALOGUE_HELO, .name = "[192.0.2.81]", .is_extended = true},
	{.kind = DIALOGUE_HELO, .name = ""},
	{.kind = DIALOGUE_EXTENSIONS, .extensions = (1U << DIALOGUE_EXTENSION_COUNT) - 1},
	{.kind = DIALOGUE_EXTENSIONS},
	{.kind = DIALOGUE_AUTH, .name = "12345678901234567890"},
	{.kind = DIALOGUE_TLS, .tls = DIALOGUE_TLS_IMPLICIT, .name = "mx.example.net"},
	{.kind = DIALOGUE_TLS, .tls = DIALOGUE_TLS_STARTTLS, .name = ""},
	{.kind = DIALOGUE_MAIL, .name = "example.com", .address = "a@example.com"},
	{.kind = DIALOGUE_MAIL, .name = "", .address = NULL},
	{.kind = DIALOGUE_MAIL, .name = "", .address = ""},
	{.kind = DIALOGUE_RCPT, .name = "example.org", .address = NULL},
	{.kind = DIALOGUE_REPLY,
	 .stage = DIALOGUE_STAGE_OTHER,
	 .code = 550,
	 .enhanced = {5, 65535, 65535},
	 .text = "5.7.1 \x1a\x1b[31m \xff\xfe"},
	{.kind = DIALOGUE_REPLY, .code = 421, .text = ""},
	{.kind = DIALOGUE_MESSAGE, .code = 250, .bytes = UINT64_MAX},
	{.kind = DIALOGUE_QUIT},
	{.kind = DIALOGUE_NOT_SMTP, .misfit = DIALOGUE_MISFIT_NO_REPLY_CODE},
	{.kind = DIALOGUE_LOST},
	{.kind = DIALOGUE_ENDED,
	 .ending = DIALOGUE_ENDING_SILENT,
	 .bytes_sent = UINT64_MAX,
	 .bytes_received = UINT64_MAX - 1,
	 .duration_ns = UINT64_MAX - 2},
	{.kind = DIALOGUE_ENDED},
	{.kind = DIALOGUE_OFF_PORT, .name = "h", .is_extended = true},
};

static inline struct report dialogue_report(const struct dialogue_event *event)
{
	struct report report = {.kind = REPORT_DIALOGUE, .dialogue = *event};

	report.dialogue.wire_id = event->kind == DIALOGUE_OFF_PORT ? 0 : UINT64_MAX;
	report.dialogue.wall_ns = 1234567890123456789;
	report.dialogue.local = here;
	report.dialogue.remote = there;
	return report;
}

static const struct name_event names[] = {
	{.kind = NAME_ADDRESS, .owner = "mx.example.net", .ttl = UINT32_MAX, .address = {{255, [15] = 255}}},
	{.kind = NAME_ADDRESS, .owner = ""},
	{.kind = NAME_ALIAS, .owner = "a", .target = "b", .ttl = 1},
	{.kind = NAME_MX, .owner = "example.net", .target = "", .preference = 65535, .ttl = 300},
	{.kind = NAME_MX_QUERY,
	 .owner = "example.net",
	 .asker = {{{255}}, 65535},
	 .server = {{{9}}, 53},
	 .protocol = 17},
	{.kind = NAME_MX_QUERY, .owner = "example.net", .protocol = 6},
};

static inline struct report name_report(const struct name_event *event)
{
	struct report report = {.kind = REPORT_NAME, .name = *event};

	report.name.wall_ns = UINT64_MAX;
	return report;
}

#endif
