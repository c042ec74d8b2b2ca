// SPDX-License-Identifier: GPL-2.0-only
/*
 * latency ADDRESS COUNT < the daemon's lines
 *
 * The time from connect() to the alert line that tells of it: COUNT processes, each of another user so
 * that each raises an alert of its own, connect to ADDRESS port 25 one after the other; stdin is what the
 * daemon writes in text. Prints median and 99th percentile in microseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_UID 200000

static double now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void connect_as(uid_t uid, const char *address, double *ret_start)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25)};
	inet_pton(AF_INET, address, &to.sin_addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (setuid(uid) != 0)
		_exit(1);
	*ret_start = now_us();
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)
		_exit(2);
	_exit(0);
}

static int is_alert_of(const char *line, uid_t uid)
{
	char wanted[32];
	snprintf(wanted, sizeof(wanted), " uid=%u ", uid);
	return strncmp(line, "ALERT ", 6) == 0 && strstr(line, wanted);
}

static int compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;
	return (difference > 0) - (difference < 0);
}

int main(int argc, char *argv[])
{
	if (argc != 3) {
		fprintf(stderr, "usage: latency ADDRESS COUNT\n");
		return 2;
	}
	int count = atoi(argv[2]);
	double *taken = calloc((size_t)count, sizeof(*taken));
	double *start = mmap(NULL, sizeof(*start), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *line = NULL;
	size_t room = 0;

	for (int i = 0; i < count; i++) {
		uid_t uid = FIRST_UID + (uid_t)i;
		int status;
		pid_t child = fork();
		if (child == 0)
			connect_as(uid, argv[1], start);
		do {
			if (getline(&line, &room, stdin) < 0)
				return 1;
		} while (!is_alert_of(line, uid));
		double end = now_us();
		if (waitpid(child, &status, 0) != child || status != 0)
			return 1;
		taken[i] = end - *start;
	}
	qsort(taken, (size_t)count, sizeof(*taken), compare);
	printf("%.0f %.0f\n", taken[count / 2], taken[count * 99 / 100]);
	return 0;
}
