// SPDX-License-Identifier: GPL-2.0-only
/* Capture files, written byte by byte. */
#include "capture/source.h"

#include "capture/frame_builder.h"

#include <errno.h>
#include <sys/stat.h>

#define MICROSECONDS_MAGIC 0xa1b2c3d4
#define NANOSECONDS_MAGIC 0xa1b23c4d
#define LINK_WLAN 105

struct house {
	char directory[32];
	char path[64];
	struct built file;
	struct source_error error;
};

static int make_house(void **state)
{
	struct house *house = calloc(1, sizeof(*house));

	strcpy(house->directory, "/tmp/source-test-XXXXXX");
	assert_non_null(mkdtemp(house->directory));
	snprintf(house->path, sizeof(house->path), "%s/a.pcap", house->directory);
	*state = house;
	return 0;
}

static int remove_house(void **state)
{
	struct house *house = *state;

	unlink(house->path);
	rmdir(house->directory);
	free(house);
	return 0;
}

/* Little endian, or big endian with `swapped`. */
static void put_number(struct built *file, uint32_t number, size_t size, bool swapped)
{
	for (size_t i = 0; i < size; i++)
		put_8(file, number >> 8 * (swapped ? size - 1 - i : i) & 0xff);
}

static void put_pcap_header(struct built *file, uint32_t magic, uint32_t link_type, bool swapped)
{
	put_number(file, magic, 4, swapped);
	put_number(file, 2, 2, swapped);
	put_number(file, 4, 2, swapped);
	put_number(file, 0, 4, swapped);
	put_number(file, 0, 4, swapped);
	put_number(file, 65535, 4, swapped);
	put_number(file, link_type, 4, swapped);
}

static void put_record(struct built *file, uint32_t seconds, uint32_t fraction, const char *bytes, uint32_t length,
		       bool swapped)
{
	put_number(file, seconds, 4, swapped);
	put_number(file, fraction, 4, swapped);
	put_number(file, (uint32_t)strlen(bytes), 4, swapped);
	put_number(file, length, 4, swapped);
	put(file, bytes, strlen(bytes));
}

/* A block of pcapng: its body is padded, and its length stands at both ends. */
static void put_block(struct built *file, uint32_t type, const struct built *body)
{
	size_t padding = (4 - body->size % 4) % 4;
	uint32_t size = (uint32_t)(body->size + padding + 12);

	put_number(file, type, 4, false);
	put_number(file, size, 4, false);
	put(file, body->bytes, body->size);
	put_zeros(file, padding);
	put_number(file, size, 4, false);
}

/* An interface whose times have 10^-resolution seconds. */
static void put_pcapng_header(struct built *file, uint32_t link_type, unsigned int resolution)
{
	static struct built body;

	body.size = 0;
	put_number(&body, 0x1a2b3c4d, 4, false);
	put_number(&body, 1, 4, false);
	put_number(&body, UINT32_MAX, 4, false);
	put_number(&body, UINT32_MAX, 4, false);
	put_block(file, 0x0a0d0d0a, &body);
	body.size = 0;
	put_number(&body, link_type, 4, false);
	put_number(&body, 0, 4, false);
	put_number(&body, 9, 2, false);
	put_number(&body, 1, 2, false);
	put_number(&body, resolution, 4, false);
	put_number(&body, 0, 4, false);
	put_block(file, 1, &body);
}

static void put_enhanced_packet(struct built *file, uint64_t time, const char *bytes, uint32_t length)
{
	static struct built body;

	body.size = 0;
	put_number(&body, 0, 4, false);
	put_number(&body, (uint32_t)(time >> 32), 4, false);
	put_number(&body, (uint32_t)time, 4, false);
	put_number(&body, (uint32_t)strlen(bytes), 4, false);
	put_number(&body, length, 4, false);
	put(&body, bytes, strlen(bytes));
	put_block(file, 6, &body);
}

static int open_house(struct house *house, struct source **ret_source)
{
	FILE *file = fopen(house->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(house->file.bytes, 1, house->file.size, file), house->file.size);
	assert_int_equal(fclose(file), 0);
	return source_open_file(house->path, ret_source, &house->error);
}

/* The frames that were handed out: their times, captured bytes and lengths. */
struct taken {
	size_t count;
	uint64_t wall_ns[8];
	size_t length[8];
	char text[8][16];
};

static void take(void *context, const struct frame *frame)
{
	struct taken *taken = context;

	assert_true(taken->count < ARRAY_SIZE(taken->wall_ns));
	assert_true(frame->size < sizeof(taken->text[0]));
	taken->wall_ns[taken->count] = frame->wall_ns;
	taken->length[taken->count] = frame->length;
	memcpy(taken->text[taken->count], frame->bytes, frame->size);
	taken->text[taken->count][frame->size] = '\0';
	taken->count++;
}

static void assert_two_frames(struct house *house, uint64_t second_time)
{
	_cleanup_(cleanup_source_close) struct source *source = NULL;
	struct source_counts counts;
	struct taken taken = {.count = 0};

	assert_int_equal(open_house(house, &source), 0);
	assert_int_equal(source_link_type(source), LINK_ETHERNET);
	assert_int_equal(source_read(source, 10, take, &taken, &house->error), 2);
	assert_int_equal(source_read(source, 10, take, &taken, &house->error), 0);
	assert_int_equal(source_read(source, 10, take, &taken, &house->error), 0);
	assert_int_equal(taken.count, 2);
	assert_string_equal(taken.text[0], "first");
	assert_string_equal(taken.text[1], "second");
	assert_int_equal(taken.length[0], 5);
	assert_int_equal(taken.length[1], 1500);
	assert_int_equal(taken.wall_ns[0], 1700000000000000000);
	assert_int_equal(taken.wall_ns[1], second_time);
	assert_int_equal(source_read_counts(source, &counts), 0);
	assert_int_equal(counts.received, 2);
	assert_int_equal(counts.dropped, 0);
}

static void test_pcap(void **state)
{
	struct house *house = *state;

	for (int swapped = 0; swapped < 2; swapped++) {
		for (int nano = 0; nano < 2; nano++) {
			house->file.size = 0;
			put_pcap_header(&house->file, nano ? NANOSECONDS_MAGIC : MICROSECONDS_MAGIC, 1, swapped);
			put_record(&house->file, 1700000000, 0, "first", 5, swapped);
			put_record(&house->file, 1700000001, 999999, "second", 1500, swapped);
			assert_two_frames(house, nano ? 1700000001000999999 : 1700000001999999000);
		}
	}
}

static void test_pcapng(void **state)
{
	struct house *house = *state;

	for (unsigned int resolution = 6; resolution <= 9; resolution += 3) {
		uint64_t seconds = resolution == 6 ? 1000000 : 1000000000;

		house->file.size = 0;
		put_pcapng_header(&house->file, 1, resolution);
		put_enhanced_packet(&house->file, 1700000000 * seconds, "first", 5);
		put_enhanced_packet(&house->file, 1700000001 * seconds + 999999, "second", 1500);
		assert_two_frames(house, resolution == 6 ? 1700000001999999000 : 1700000001000999999);
	}
}

/* A stream that cannot be sought in, and that its owner may go on using. */
static void test_standard_input(void **state)
{
	struct house *house = *state;
	_cleanup_(cleanup_source_close) struct source *source = NULL;
	struct taken taken = {.count = 0};
	int saved = dup(STDIN_FILENO);
	int ends[2];

	house->file.size = 0;
	put_pcap_header(&house->file, MICROSECONDS_MAGIC, 1, false);
	put_record(&house->file, 1, 2, "first", 5, false);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], house->file.bytes, house->file.size), house->file.size);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(source_open_file("-", &source, &house->error), 0);
	assert_int_equal(source_read(source, 10, take, &taken, &house->error), 1);
	source_close(TAKE_PTR(source));
	assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_CUR), -1);
	assert_int_equal(errno, ESPIPE);
	assert_int_equal(source_open_file("-", &source, &house->error), -EINVAL);
	assert_non_null(strstr(house->error.message, "standard input"));
	dup2(saved, STDIN_FILENO);
	close(saved);
}

/* A limit is kept to, and nothing is skipped by it. */
static void test_limit(void **state)
{
	struct house *house = *state;
	_cleanup_(cleanup_source_close) struct source *source = NULL;
	struct taken taken = {.count = 0};

	house->file.size = 0;
	put_pcap_header(&house->file, MICROSECONDS_MAGIC, 276, false);
	for (int i = 0; i < 5; i++)
		put_record(&house->file, 1, 2, "frame", 5, false);
	assert_int_equal(open_house(house, &source), 0);
	assert_int_equal(source_link_type(source), LINK_SLL2);
	assert_int_equal(source_read(source, 2, take, &taken, &house->error), 2);
	assert_int_equal(source_read(source, 2, take, &taken, &house->error), 2);
	assert_int_equal(source_read(source, 2, take, &taken, &house->error), 1);
	assert_int_equal(source_read(source, 2, take, &taken, &house->error), 0);
	assert_int_equal(taken.count, 5);
}

/* What is written raw has a number of its own in files. */
static void test_link_types(void **state)
{
	static const struct {
		uint32_t in_file;
		int link_type;
	} links[] = {{0, LINK_NULL},  {1, LINK_ETHERNET}, {101, LINK_RAW},  {108, LINK_LOOP},
		     {113, LINK_SLL}, {228, LINK_IPV4},   {229, LINK_IPV6}, {276, LINK_SLL2}};
	struct house *house = *state;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		_cleanup_(cleanup_source_close) struct source *source = NULL;

		house->file.size = 0;
		put_pcap_header(&house->file, MICROSECONDS_MAGIC, links[i].in_file, false);
		assert_int_equal(open_house(house, &source), 0);
		assert_int_equal(source_link_type(source), links[i].link_type);
		assert_true(packet_knows_link(source_link_type(source)));
	}
}

static void assert_refused(struct house *house, int expected, const char *reason)
{
	struct source *source = NULL;
	int error = open_house(house, &source);

	assert_int_equal(error, expected);
	assert_null(source);
	assert_non_null(strstr(house->error.message, house->path));
	assert_non_null(strstr(house->error.message, reason));
}

static void test_no_capture(void **state)
{
	struct house *house = *state;

	house->file.size = 0;
	assert_refused(house, -EINVAL, "no pcap or pcapng file");
	put(&house->file, "Nov 22 03:12:04 mail postfix/smtp[4121]: connect\n", 49);
	assert_refused(house, -EINVAL, "no pcap or pcapng file");
	house->file.size = 0;
	put_pcap_header(&house->file, MICROSECONDS_MAGIC, 1, false);
	house->file.size -= 1;
	assert_refused(house, -EINVAL, "no pcap or pcapng file");
	house->file.size = 0;
	put_pcap_header(&house->file, MICROSECONDS_MAGIC, LINK_WLAN, false);
	assert_refused(house, -EINVAL, "IEEE802_11 (105), which is not known");
	house->file.size = 0;
	put_pcap_header(&house->file, MICROSECONDS_MAGIC, 60000, false);
	assert_refused(house, -EINVAL, "60000");
}

static void test_no_file(void **state)
{
	struct house *house = *state;
	struct source *source = NULL;

	assert_int_equal(source_open_file("/nonexistent/\033[2J.pcap", &source, &house->error), -ENOENT);
	assert_string_equal(house->error.message, "cannot read /nonexistent/\\x1b[2J.pcap: No such file or directory");
	/* A long path leaves room for the reason. */
	char path[2000] = "/tmp/";
	memset(path + strlen(path), '\033', sizeof(path) - strlen(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(source_open_file(path, &source, &house->error), -ENAMETOOLONG);
	assert_non_null(strstr(house->error.message, ": File name too long"));
	assert_int_equal(source_open_file(house->directory, &source, &house->error), -EISDIR);
	assert_non_null(strstr(house->error.message, "is a directory"));
	assert_null(source);
}

/* Cut off in its second packet, at each byte. The first one was read, and is counted. */
static void test_cut(void **state)
{
	struct house *house = *state;

	house->file.size = 0;
	put_pcap_header(&house->file, MICROSECONDS_MAGIC, 1, false);
	put_record(&house->file, 1, 2, "first", 5, false);
	size_t first = house->file.size;
	put_record(&house->file, 1, 3, "second", 6, false);
	size_t whole = house->file.size;
	for (house->file.size = first + 1; house->file.size < whole; house->file.size++) {
		_cleanup_(cleanup_source_close) struct source *source = NULL;
		struct source_counts counts;
		struct taken taken = {.count = 0};

		assert_int_equal(open_house(house, &source), 0);
		assert_int_equal(source_read(source, 10, take, &taken, &house->error), -EBADMSG);
		assert_int_equal(taken.count, 1);
		assert_non_null(strstr(house->error.message, house->path));
		assert_non_null(strstr(house->error.message, "behind packet 1 "));
		assert_int_equal(source_read(source, 10, take, &taken, &house->error), 0);
		assert_int_equal(source_read_counts(source, &counts), 0);
		assert_int_equal(counts.received, 1);
	}
}

/* A length on the wire below what was captured, times that are none, and a size that no packet has. */
static void test_hostile(void **state)
{
	struct house *house = *state;
	_cleanup_(cleanup_source_close) struct source *source = NULL;
	struct taken taken = {.count = 0};

	house->file.size = 0;
	put_pcap_header(&house->file, MICROSECONDS_MAGIC, 1, false);
	put_record(&house->file, UINT32_MAX, UINT32_MAX, "first", 2, false);
	put_number(&house->file, 1, 4, false);
	put_number(&house->file, 1, 4, false);
	put_number(&house->file, UINT32_MAX, 4, false);
	put_number(&house->file, UINT32_MAX, 4, false);
	put_zeros(&house->file, 1000);
	assert_int_equal(open_house(house, &source), 0);
	assert_int_equal(source_read(source, 1, take, &taken, &house->error), 1);
	assert_string_equal(taken.text[0], "first");
	assert_int_equal(taken.length[0], 5);
	assert_int_equal(source_read(source, 1, take, &taken, &house->error), -EBADMSG);
	/* What stands behind is not taken for packets. */
	assert_int_equal(source_read(source, 1, take, &taken, &house->error), 0);
	assert_int_equal(taken.count, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pcap, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_pcapng, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_standard_input, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_limit, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_link_types, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_no_capture, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_no_file, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_cut, make_house, remove_house),
		cmocka_unit_test_setup_teardown(test_hostile, make_house, remove_house),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
