// SPDX-License-Identifier: GPL-2.0-only
#include "capture/evidence.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pcap.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FILES_OPEN_MAX 64
#define QUIET_NS (60 * NANOSECONDS_A_SECOND)
#define RULE_SHOWN 32
#define SUFFIX ".pcap"
#define FRAME_HEADER_SIZE 16 /* of a record in a pcap file (draft-ietf-opsawg-pcap, 5) */

/* A connection whose packets are asked for. */
struct evidence_file {
	struct table_link link;
	uint64_t wire_id;
	uint64_t used_ns;
	size_t size;
	pcap_dumper_t *dumper; /* NULL: no packet has come yet, or no more is taken */
	bool is_over;
	char rule[RULE_SHOWN + 1];
};

struct evidence {
	struct table *files;
	size_t max_files;
	size_t max_bytes;
	uint64_t number;
	int directory;
	bool is_failing;
};

static void close_file(void *entry)
{
	struct evidence_file *file = entry;

	if (file->dumper)
		pcap_dump_close(file->dumper);
	free(file);
}

/* Makes the directory and its parent for root alone, and opens it. */
static int open_directory(const char *path)
{
	char parent[PATH_MAX];

	snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		if (mkdir(parent, 0700) != 0 && errno != EEXIST)
			return -errno;
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -errno;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

/* Who else can write there could remove what is kept, or put something in its place. */
static bool is_private(int directory)
{
	struct stat status;
	return fstat(directory, &status) == 0 && status.st_uid == geteuid() &&
	       (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int evidence_new(const struct evidence_options *options, struct evidence **ret_evidence)
{
	_cleanup_(cleanup_evidence_free) struct evidence *evidence = calloc(1, sizeof(*evidence));
	if (!evidence)
		return -ENOMEM;
	evidence->max_files = options->max_files;
	evidence->max_bytes = options->max_bytes;
	evidence->files =
		table_new(FILES_OPEN_MAX, offsetof(struct evidence_file, wire_id), sizeof(uint64_t), close_file);
	evidence->directory = open_directory(options->directory);
	if (evidence->directory < 0) {
		log_error("no evidence is kept: cannot use %s: %s", options->directory, strerror(-evidence->directory));
		return evidence->directory;
	}
	if (!is_private(evidence->directory)) {
		log_error("no evidence is kept: others than its owner may write to %s, or it is not root's; chmod 700 "
			  "and "
			  "chown root it",
			  options->directory);
		return -EPERM;
	}
	if (!evidence->files)
		return -ENOMEM;
	*ret_evidence = TAKE_PTR(evidence);
	return 0;
}

void evidence_free(struct evidence *evidence)
{
	if (!evidence)
		return;
	table_free(evidence->files);
	cleanup_close(&evidence->directory);
	free(evidence);
}

static int is_evidence(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);
	return length > sizeof(SUFFIX) && strcmp(entry->d_name + length - sizeof(SUFFIX) + 1, SUFFIX) == 0;
}

/* Removes the oldest until there is room for one more. Their names begin with the time. */
static void make_room(struct evidence *evidence)
{
	struct dirent **entries = NULL;
	int count = scandirat(evidence->directory, ".", &entries, is_evidence, alphasort);

	for (int i = 0; i < count; i++) {
		if ((size_t)(count - i) >= evidence->max_files)
			unlinkat(evidence->directory, entries[i]->d_name, 0);
		free(entries[i]);
	}
	free(entries);
}

static void fail(struct evidence *evidence, const char *what, int error)
{
	if (!evidence->is_failing)
		log_error("evidence is lost: cannot %s: %s", what, strerror(error));
	evidence->is_failing = true;
}

static FILE *make_file(struct evidence *evidence, const struct evidence_file *file)
{
	char name[NAME_MAX + 1];
	char time_text[sizeof("20261122T031204Z")];
	time_t seconds = time(NULL);
	struct tm parts;

	gmtime_r(&seconds, &parts);
	strftime(time_text, sizeof(time_text), "%Y%m%dT%H%M%SZ", &parts);
	snprintf(name, sizeof(name), "%s-%s-%" PRIu64 SUFFIX, time_text, file->rule, ++evidence->number);
	make_room(evidence);
	_cleanup_close_ int fd =
		openat(evidence->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (stream)
		(void)TAKE_FD(fd);
	return stream;
}

static void open_file(struct evidence *evidence, struct evidence_file *file, int link_type)
{
	pcap_t *shape = pcap_open_dead_with_tstamp_precision(link_type, UINT16_MAX, PCAP_TSTAMP_PRECISION_NANO);
	FILE *stream = shape ? make_file(evidence, file) : NULL;

	if (stream)
		file->dumper = pcap_dump_fopen(shape, stream);
	if (!file->dumper) {
		fail(evidence, "make its file", errno);
		file->is_over = true;
		if (stream)
			fclose(stream);
	}
	if (shape)
		pcap_close(shape);
}

void evidence_begin(struct evidence *evidence, uint64_t wire_id, const char *rule)
{
	if (table_find(evidence->files, &wire_id))
		return;
	struct evidence_file *file = calloc(1, sizeof(*file));
	if (!file)
		return;
	file->wire_id = wire_id;
	file->used_ns = clock_boot_ns();
	snprintf(file->rule, sizeof(file->rule), "%s", rule);
	table_push(evidence->files, file);
}

void evidence_write(struct evidence *evidence, uint64_t wire_id, int link_type, const struct frame *frame)
{
	struct evidence_file *file = table_find(evidence->files, &wire_id);
	const struct pcap_pkthdr header = {
		.ts = {.tv_sec = (time_t)(frame->wall_ns / NANOSECONDS_A_SECOND),
		       .tv_usec = (suseconds_t)(frame->wall_ns % NANOSECONDS_A_SECOND)}, /* nanoseconds, here */
		.caplen = (bpf_u_int32)frame->size,
		.len = (bpf_u_int32)frame->length,
	};

	if (!file || file->is_over)
		return;
	if (!file->dumper)
		open_file(evidence, file, link_type);
	if (file->is_over)
		return;
	file->size += frame->size + FRAME_HEADER_SIZE;
	file->is_over = file->size > evidence->max_bytes;
	if (file->is_over)
		return;
	file->used_ns = clock_boot_ns();
	table_touch(evidence->files, file);
	pcap_dump((u_char *)file->dumper, &header, frame->bytes);
	if (pcap_dump_flush(file->dumper) != 0) {
		fail(evidence, "write to its file", errno);
		file->is_over = true;
		return;
	}
	evidence->is_failing = false;
}

void evidence_tick(struct evidence *evidence, uint64_t time_ns)
{
	struct evidence_file *file;

	while ((file = table_oldest(evidence->files)) && file->used_ns + QUIET_NS <= time_ns)
		table_remove(evidence->files, file);
}

void evidence_forget(struct evidence *evidence)
{
	struct evidence_file *file;

	while ((file = table_oldest(evidence->files)))
		table_remove(evidence->files, file);
}
