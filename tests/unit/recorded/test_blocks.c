// SPDX-License-Identifier: GPL-2.0-only
/* What is read in blocks is what stands in the file, whoever reads it and whatever is left of each. */
#include "support/test.h"

#include "recorded/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_SIZE (5 * BLOCK_SIZE + 4711)

static char byte_at(size_t at)
{
	return (char)(at * 2654435761U >> 13);
}

static int file_of(size_t size)
{
	int fd = memfd_create("blocks", MFD_CLOEXEC);
	char *text = (char *)malloc(size + 1);

	assert_true(fd >= 0 && text);
	for (size_t i = 0; i < size; i++)
		text[i] = byte_at(i);
	assert_int_equal(write(fd, text, size), size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	free(text);
	return fd;
}

/* Goes through it, with so much left of each block. Returns where the end was. */
static size_t go_through(int fd, size_t left)
{
	struct blocks *blocks = blocks_new(fd);
	const char *text = NULL;
	size_t gone = 0;
	size_t kept = 0;
	ssize_t size;

	assert_non_null(blocks);
	while ((size = blocks_next(blocks, kept, &text)) > (ssize_t)kept) {
		for (size_t i = 0; i < (size_t)size; i++)
			assert_int_equal(text[i], byte_at(gone + i));
		kept = left < (size_t)size ? left : (size_t)size;
		gone += (size_t)size - kept;
	}
	assert_int_equal(size, kept);
	for (size_t i = 0; i < kept; i++)
		assert_int_equal(text[i], byte_at(gone + i));
	blocks_free(blocks);
	return gone + kept;
}

static void test_file(void **state)
{
	static const size_t sizes[] = {0, 1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, FILE_SIZE};
	static const size_t lefts[] = {0, 1, RECORDED_LINE_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(lefts); j++) {
			int fd = file_of(sizes[i]);
			assert_int_equal(go_through(fd, lefts[j]), sizes[i]);
			close(fd);
		}
}

static void test_pipe(void **state)
{
	int ends[2];
	char text[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = byte_at(i);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], text, sizeof(text)), sizeof(text));
	close(ends[1]);
	assert_int_equal(go_through(ends[0], 7), sizeof(text));
	close(ends[0]);
}

static void test_error(void **state)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);
	struct blocks *blocks = blocks_new(fd);
	const char *text;

	(void)state;
	assert_int_equal(blocks_next(blocks, 0, &text), -EISDIR);
	blocks_free(blocks);
	close(fd);
}

/* Whoever has had enough does not wait for the end. */
static void test_left_early(void **state)
{
	const char *text;

	(void)state;
	for (int count = 0; count < 4; count++) {
		int fd = file_of(FILE_SIZE);
		struct blocks *blocks = blocks_new(fd);
		for (int i = 0; i < count; i++)
			assert_int_equal(blocks_next(blocks, 0, &text), BLOCK_SIZE);
		blocks_free(blocks);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_left_early),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
