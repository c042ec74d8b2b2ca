// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/losses.h"

#include "lib/log.h"

#include <inttypes.h>

void losses_mention(struct losses *losses, const struct sensor *sensor)
{
	struct sw_books read;
	const __u64 *books = read.entries;
	if (sensor_read_books(sensor, &read) != 0)
		return;
	if (!sensor_books_balance(&read))
		log_error("the books do not balance: this is a fault of smtpwatch, please report it");
	uint64_t lost = books[SW_BOOK_LOST_RING] + books[SW_BOOK_LOST_FLOWS];
	if (lost > losses->told_lost)
		log_warning("%" PRIu64 " records were lost (%" PRIu64 " ring full, %" PRIu64
			    " flow map full): counts stay right, details are missing",
			    lost, (uint64_t)books[SW_BOOK_LOST_RING], (uint64_t)books[SW_BOOK_LOST_FLOWS]);
	losses->told_lost = lost;
	uint64_t refused = sensor_scripts_refused(sensor);
	if (refused > losses->told_refused)
		log_warning("%" PRIu64 " processes that PHP started are not known to be, because %d others live",
			    refused, SW_SCRIPTS_MAX);
	losses->told_refused = refused;
}
