// SPDX-License-Identifier: GPL-2.0
/*
 * trouble.c - what the kernel's log says, and keeping the program that was at
 * work then
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "fuzz.h"

static int kmsg = -1;

/* What is said from here on */
void trouble_open(void)
{
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg >= 0)
		lseek(kmsg, 0, SEEK_END);
}

/* As selftests/vm/scan-log.sh has it */
static bool line_is_trouble(const char *line)
{
	static const char * const words[] = {
		"BUG:", "WARNING:", "KASAN", "UBSAN", "possible rec",
		"possible circ", "possible irq", "suspicious", "INFO: task",
		"Oops", "general protection", "Call Trace",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

/* True if the kernel reported trouble since the last look; kept as a failure */
bool trouble_look(void)
{
	char record[2048], *text;
	static bool refused;
	bool trouble = false;
	ssize_t len;

	if (kmsg < 0)
		return false;
	for (;;) {
		len = read(kmsg, record, sizeof(record) - 1);
		/* The oldest were overwritten: what follows is there */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return trouble;
		record[len] = '\0';
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		text[strcspn(text, "\n")] = '\0';
		/* Memory that was refused, and who asked for it */
		if (strstr(text, "page allocation failure:") ||
		    strstr(text, "vmalloc error:"))
			refused = true;
		if (refused && strstr(text, "Call Trace")) {
			refused = false;
			continue;
		}
		if (!trouble && line_is_trouble(text)) {
			trouble = true;
			fuzz_fail("the kernel's log: %s", text);
		}
	}
}

/* Into the folder of what is found, to be replayed */
void trouble_save(const struct program *program)
{
	char path[512];
	FILE *file;

	fprintf(stderr, "fuzz: %s\nfuzz: the program that ran:\n",
		state->failure);
	program_print(stderr, program);
	if (!settings.out)
		return;
	snprintf(path, sizeof(path), "%s/crash-%llu-%llu", settings.out,
		 (unsigned long long)settings.seed,
		 (unsigned long long)state->executions);
	file = fopen(path, "w");
	if (!file) {
		fprintf(stderr, "fuzz: %s: %s\n", path, strerror(errno));
		return;
	}
	fprintf(file, "# %s\n", state->failure);
	program_print(file, program);
	fclose(file);
	fprintf(stderr, "fuzz: kept as %s\n", path);
}
