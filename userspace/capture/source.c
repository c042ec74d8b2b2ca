// SPDX-License-Identifier: GPL-2.0-only
/*
 * After source_open_live() this makes these system calls, all of them on its one descriptor (seen with libpcap 1.10.3):
 *   source_read(): none where the ring has packets, poll() where it is empty, after an error of that getsockopt(
 *     SOL_SOCKET, SO_ERROR); uname() where the kernel left a frame that does not fit its slot
 *   source_read_counts(): getsockopt(SOL_PACKET, PACKET_STATISTICS)
 *   source_set_filter(): brk(), mmap(), munmap() and mremap() of the allocator, as its text is compiled here;
 *     setsockopt(SOL_SOCKET, SO_ATTACH_FILTER) of a filter that refuses all; fcntl(F_GETFL), fcntl(F_SETFL), recvfrom()
 *     until EAGAIN, fcntl(F_SETFL); setsockopt(SOL_SOCKET, SO_ATTACH_FILTER) of the new one. Where the kernel refuses
 *     that: setsockopt(SOL_SOCKET, SO_DETACH_FILTER), write() to stderr, and libpcap filters in this process
 *   source_close(): setsockopt(SOL_PACKET, PACKET_RX_RING), munmap(), close()
 */
#include "capture/source.h"

#include "lib/clock.h"
#include "lib/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Immediate mode uses a ring of slots of one size (TPACKET_V2), each for a packet of the snapshot length and 88 bytes
 * in front of it: header, address, and libpcap's reserve for a cooked header and a VLAN tag, aligned to 16. Slots share
 * blocks of a power of two of pages, so 4096 bytes a slot wastes nothing: 2048 packets in the default 8 MiB, a tenth of
 * a second of what a busy mail server sends. 64 KiB, the most that offloading makes, would come to 128 KiB a slot. What
 * is cut then is the end of a body: commands of 512 bytes at most (RFC 5321 4.5.3.1.4) come alone or, pipelined, about
 * 70 RCPT in a packet before it is cut; Postfix sends 50 at a time (smtp_destination_recipient_limit).
 */
#define SLOT_SIZE 4096
#define SLOT_OVERHEAD 88
#define SNAPSHOT_SIZE (SLOT_SIZE - SLOT_OVERHEAD)

#define BUFFER_MAX ((size_t)INT_MAX / 2) /* libpcap counts in int, and rounds up */
#define FILTER_TEXT_SIZE 4096
#define FILE_BUFFER_SIZE (128 * 1024) /* libpcap reads a packet at a time through it */
#define FILE_NAME_SIZE 192            /* leaves room for what is wrong with it, in a message of 512 bytes */

struct source {
	pcap_t *pcap;
	char file_name[FILE_NAME_SIZE]; /* escaped; empty: live */
	char *file_buffer;              /* the stream's; NULL: it has its own, a small one */
	bool is_over;                   /* of a file: it ended or is damaged */

	frame_taker take; /* while source_read() runs */
	void *context;
	int taken;

	uint64_t frames; /* of a file */
	struct source_counts counts;
	struct pcap_stat seen_counts; /* which are 32 bits wide and wrap */
};

static bool is_file(const struct source *source)
{
	return source->file_name[0] != '\0';
}

/* Fills in the sentence and returns `error`. */
__attribute__((format(printf, 3, 4))) static int fail(struct source_error *ret_error, int error, const char *format,
						      ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_error->message, sizeof(ret_error->message), format, arguments);
	va_end(arguments);
	return error;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->pcap)
		pcap_close(source->pcap);
	free(source->file_buffer);
	free(source);
}

/* What pcap_activate() says, and what to do about it. */
static int fail_activation(int status, pcap_t *pcap, struct source_error *ret_error)
{
	const char *text = pcap_geterr(pcap);

	if (text[0] == '\0')
		text = pcap_statustostr(status);
	if (status == PCAP_ERROR_PERM_DENIED)
		return fail(ret_error, -EPERM, "not allowed to capture packets (%s); run as root, or with CAP_NET_RAW",
			    text);
	return fail(ret_error, -EIO,
		    "cannot capture packets (%s); see that the packet buffer fits into memory, and that the kernel "
		    "has packet sockets (CONFIG_PACKET)",
		    text);
}

/* Microseconds will do where there is nothing better, and so will SLL, which names no interface. */
static int activate(pcap_t *pcap, size_t buffer_bytes, struct source_error *ret_error)
{
	char text[PCAP_ERRBUF_SIZE];

	pcap_set_snaplen(pcap, SNAPSHOT_SIZE);
	pcap_set_immediate_mode(pcap, 1);
	pcap_set_buffer_size(pcap, (int)(buffer_bytes < BUFFER_MAX ? buffer_bytes : BUFFER_MAX));
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	int status = pcap_activate(pcap);
	if (status < 0)
		return fail_activation(status, pcap, ret_error);
#ifdef DLT_LINUX_SLL2
	pcap_set_datalink(pcap, DLT_LINUX_SLL2);
#endif
	if (!packet_knows_link(pcap_datalink(pcap)))
		return fail(ret_error, -EINVAL,
			    "cannot capture packets: libpcap gives them link type %d; use 1.10 or later",
			    pcap_datalink(pcap));
	if (pcap_setnonblock(pcap, 1, text) != 0)
		return fail(ret_error, -EIO, "cannot capture packets: %s", text);
	return 0;
}

int source_open_live(size_t buffer_bytes, const struct source_filter *filter, struct source **ret_source,
		     struct source_error *ret_error)
{
	char text[PCAP_ERRBUF_SIZE];
	_cleanup_(cleanup_source_close) struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return fail(ret_error, -ENOMEM, "cannot capture packets: no memory");
	source->pcap = pcap_create("any", text);
	if (!source->pcap)
		return fail(ret_error, -EIO, "cannot capture packets: %s", text);
	int error = activate(source->pcap, buffer_bytes, ret_error);
	if (error)
		return error;
	error = source_set_filter(source, filter);
	if (error)
		return fail(ret_error, error, "cannot capture packets: their filter is refused: %s",
			    pcap_geterr(source->pcap));
	*ret_source = TAKE_PTR(source);
	return 0;
}

/* Opens the file itself, to tell those apart that libpcap gives one message. */
static int open_stream(struct source *source, const char *path, FILE **ret_stream, struct source_error *ret_error)
{
	const char *name = source->file_name;
	bool is_stdin = strcmp(path, "-") == 0;
	struct stat status;

	_cleanup_fclose_ FILE *stream =
		is_stdin ? fdopen(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), "r") : fopen(path, "re");
	if (!stream)
		return fail(ret_error, -errno, "cannot read %s: %s", name, strerror(errno));
	if (fstat(fileno(stream), &status) == 0 && S_ISDIR(status.st_mode))
		return fail(ret_error, -EISDIR, "cannot read %s: it is a directory; name a capture file", name);
	source->file_buffer = malloc(FILE_BUFFER_SIZE);
	if (source->file_buffer)
		setvbuf(stream, source->file_buffer, _IOFBF, FILE_BUFFER_SIZE);
	*ret_stream = TAKE_PTR(stream);
	return 0;
}

static int check_link_type(const struct source *source, struct source_error *ret_error)
{
	int type = pcap_datalink(source->pcap);
	const char *name = pcap_datalink_val_to_name(type);

	if (packet_knows_link(type))
		return 0;
	return fail(ret_error, -EINVAL,
		    "%s has packets of link type %s (%d), which is not known; capture with \"tcpdump -i any -w FILE\"",
		    source->file_name, name ? name : "unknown", type);
}

/* Takes ownership of the stream. */
static int open_savefile(struct source *source, FILE *stream, struct source_error *ret_error)
{
	char text[PCAP_ERRBUF_SIZE];

	source->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, text);
	if (source->pcap)
		return check_link_type(source, ret_error);
	fclose(stream);
	return fail(ret_error, -EINVAL,
		    "%s is no pcap or pcapng file (%s); capture one with \"tcpdump -i any -w FILE\"", source->file_name,
		    text);
}

int source_open_file(const char *path, struct source **ret_source, struct source_error *ret_error)
{
	_cleanup_(cleanup_source_close) struct source *source = calloc(1, sizeof(*source));
	FILE *stream = NULL;

	if (!source)
		return fail(ret_error, -ENOMEM, "cannot read a capture: no memory");
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	text_escape(source->file_name, sizeof(source->file_name), name, strlen(name));
	int error = open_stream(source, path, &stream, ret_error);
	if (!error)
		error = open_savefile(source, stream, ret_error);
	if (error)
		return error;
	*ret_source = TAKE_PTR(source);
	return 0;
}

int source_set_filter(struct source *source, const struct source_filter *filter)
{
	char text[FILTER_TEXT_SIZE];
	struct bpf_program program;
	int error = source_filter_text(filter, text, sizeof(text));

	if (error)
		return error;
	if (pcap_compile(source->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return -EINVAL;
	error = pcap_setfilter(source->pcap, &program) == 0 ? 0 : -EIO;
	pcap_freecode(&program);
	return error;
}

int source_link_type(const struct source *source)
{
	return pcap_datalink(source->pcap);
}

int source_fd(const struct source *source)
{
	return pcap_get_selectable_fd(source->pcap);
}

/* Times are in nanoseconds, as was asked for. A file can say anything. */
static void take_frame(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct source *source = (struct source *)user;
	const struct frame frame = {
		.wall_ns = (uint64_t)header->ts.tv_sec * NANOSECONDS_A_SECOND + (uint64_t)header->ts.tv_usec,
		.bytes = bytes,
		.size = header->caplen,
		.length = header->len > header->caplen ? header->len : header->caplen,
	};

	source->taken++;
	source->take(source->context, &frame);
}

static int fail_reading(struct source *source, struct source_error *ret_error)
{
	if (!is_file(source))
		return fail(ret_error, -EIO, "the capture of packets ended: %s", pcap_geterr(source->pcap));
	source->is_over = true;
	return fail(ret_error, -EBADMSG,
		    "%s is damaged or cut off behind packet %llu (%s); what comes before was read, copy the file again",
		    source->file_name, (unsigned long long)source->frames, pcap_geterr(source->pcap));
}

int source_read(struct source *source, int limit, frame_taker take, void *context, struct source_error *ret_error)
{
	if (source->is_over)
		return 0;
	source->take = take;
	source->context = context;
	source->taken = 0;
	int status = pcap_dispatch(source->pcap, limit, take_frame, (u_char *)source);
	source->frames += (uint64_t)source->taken;
	if (status < 0)
		return fail_reading(source, ret_error);
	source->is_over = is_file(source) && status == 0 && source->taken == 0;
	return source->taken;
}

int source_read_counts(struct source *source, struct source_counts *ret_counts)
{
	struct pcap_stat now;

	if (is_file(source)) {
		*ret_counts = (struct source_counts){.received = source->frames};
		return 0;
	}
	if (pcap_stats(source->pcap, &now) != 0)
		return -EIO;
	source->counts.received += now.ps_recv - source->seen_counts.ps_recv;
	source->counts.dropped += now.ps_drop - source->seen_counts.ps_drop;
	source->seen_counts = now;
	*ret_counts = source->counts;
	return 0;
}
