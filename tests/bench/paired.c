// SPDX-License-Identifier: GPL-2.0-only
/*
 * paired PORT [thin]
 *
 * What the sensor adds to a connection on loopback to PORT. Short batches without and with it alternate, so
 * that a machine whose speed drifts makes both slower alike; a thread reads the records away. Prints the
 * medians without and with it and the median of the differences, in nanoseconds. `thin` leaves thinning at
 * its default, otherwise every record is delivered. The sensor watches port 2525.
 */
#include "lib/log.h"
#include "loopback.h"
#include "sensor/sensor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>

#define PAIRS 60
#define CONNECTIONS 500

static atomic_bool stopping;

static void ignore(void *context, const struct observation *observation)
{
	(void)context;
	(void)observation;
}

static void *consume(void *sensor)
{
	struct epoll_event event;
	while (!stopping) {
		const struct timespec pause = {.tv_nsec = SENSOR_LOOK_NS};
		if (sensor_is_busy(sensor))
			nanosleep(&pause, NULL);
		else
			epoll_wait(sensor_fd(sensor), &event, 1, 10);
		sensor_consume(sensor);
	}
	return NULL;
}

static double cost_with_sensor(const struct loopback *loopback, const struct sensor_options *options)
{
	const uint16_t watched = 2525;
	struct sensor *sensor;
	struct sensor_error problem;
	pthread_t reader;

	if (sensor_open(options, ignore, NULL, &sensor, &problem) != 0) {
		log_error("%s", problem.message);
		exit(1);
	}
	sensor_set_ports(sensor, &watched, 1);
	stopping = false;
	if (pthread_create(&reader, NULL, consume, sensor) != 0)
		fail("pthread_create");
	double cost = loopback_cost(loopback, CONNECTIONS);
	stopping = true;
	pthread_join(reader, NULL);
	sensor_free(sensor);
	return cost;
}

int main(int argc, char *argv[])
{
	double without[PAIRS], with[PAIRS], added[PAIRS];

	if (argc < 2) {
		fprintf(stderr, "usage: paired PORT [thin]\n");
		return 2;
	}
	bool thin = argc == 3 && strcmp(argv[2], "thin") == 0;
	const struct sensor_options options = {
		.ring_bytes = 1 << 20,
		.max_flows = SW_FLOWS_MAX,
		.max_actors = SW_ACTORS_MAX,
		.thin_burst = thin ? 256 : 1000000,
		.thin_rate = thin ? 50 : 1000000,
	};
	struct loopback loopback = loopback_open((uint16_t)atoi(argv[1]));
	for (int i = 0; i < PAIRS; i++) {
		without[i] = loopback_cost(&loopback, CONNECTIONS);
		with[i] = cost_with_sensor(&loopback, &options);
		added[i] = with[i] - without[i];
	}
	printf("%.0f %.0f %.0f\n", median_of(without, PAIRS), median_of(with, PAIRS), median_of(added, PAIRS));
	return 0;
}
