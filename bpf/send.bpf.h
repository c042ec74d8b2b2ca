/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records on their way into the ring. */
#ifndef SMTPWATCH_SEND_BPF_H
#define SMTPWATCH_SEND_BPF_H

#include "count.bpf.h"
#include "maps.bpf.h"

/*
 * A wake-up costs more than all the rest of a record. So only what can raise an alert wakes the daemon, and only when
 * it was not woken already; what becomes of a flow is fetched soon after (daemon/daemon.c: FETCH_MS). The ring's own
 * judgement, whether the reader has caught up, would be misled by the records that woke nobody.
 *
 * Userspace sets this to SW_WAKE_DUE before each reading, and does not sleep before one found nothing. That may fall
 * between the question here and the record's publication: then the reader has caught up, and the ring's own judgement,
 * which is asked after the publication, wakes it. Where a record that woke nobody came in between as well, the daemon's
 * next tick finds both.
 *
 * While much happens it sets SW_WAKE_UNWANTED, and looks every millisecond. That a wake-up which began before may
 * still write SW_WAKE_DONE costs no more than another wake-up.
 */
__weak __u32 wake_state = SW_WAKE_DUE;

static __always_inline __u64 wake_once(void)
{
	if (wake_state == SW_WAKE_UNWANTED)
		return BPF_RB_NO_WAKEUP;
	if (wake_state == SW_WAKE_DONE)
		return 0;
	wake_state = SW_WAKE_DONE;
	return BPF_RB_FORCE_WAKEUP;
}

/* Returns 0, or not 0 where the ring was full. */
static __always_inline long send(void *record, __u64 size, __u64 wake)
{
	long error = bpf_ringbuf_output(&ring, record, size, wake);
	if (error)
		book_fate(SW_BOOK_LOST_RING);
	else
		book_fate(SW_BOOK_DELIVERED);
	return error;
}

static __always_inline long send_and_wake(void *record, __u64 size)
{
	__u64 wake = wake_once();
	long error = send(record, size, wake);
	if (error && wake == BPF_RB_FORCE_WAKEUP) /* nobody was woken */
		wake_state = SW_WAKE_DUE;
	return error;
}

/* A record with its texts: an attempt or a submission. */
static __always_inline long send_scratch(struct sw_scratch *scratch)
{
	struct sw_attempt_record *record = &scratch->record;
	__u64 text_size = (__u64)record->path_size + record->argv_size + record->cwd_size + record->script_size;
	if (text_size > sizeof(scratch->text)) /* never, but the verifier cannot know */
		text_size = 0;
	record->header.size = sizeof(*record) + text_size;
	return send_and_wake(record, sizeof(*record) + text_size);
}

static __always_inline void begin_record(struct sw_record_header *header, __u32 kind, __u32 size)
{
	header->kind = kind;
	header->size = size;
	header->time_ns = bpf_ktime_get_boot_ns();
}

#endif
