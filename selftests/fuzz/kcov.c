// SPDX-License-Identifier: GPL-2.0
/*
 * kcov.c - which instructions of the module a thread ran, where the kernel has
 * KCOV and the module was built for it
 */
#include <fcntl.h>
#include <sys/mman.h>

#include <linux/kcov.h>

#include "fuzz.h"

#define KCOV_WORDS	(1 << 17)

/* Where the module's code is */
static unsigned long code_at, code_size;

static void code_find(void)
{
	FILE *file = fopen("/proc/modules", "r");
	char name[64];

	while (file && !code_at &&
	       fscanf(file, "%63s %lu %*s %*s %*s %lx%*[^\n]", name,
		      &code_size, &code_at) == 3)
		if (strcmp(name, "skbscope"))
			code_at = 0;
	if (file)
		fclose(file);
}

/* False where there is no KCOV */
bool kcov_open(struct kcov *kcov)
{
	kcov->area = NULL;
	kcov->fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (kcov->fd < 0)
		return false;
	if (!ioctl(kcov->fd, KCOV_INIT_TRACE, KCOV_WORDS))
		kcov->area = mmap(NULL, KCOV_WORDS * sizeof(*kcov->area),
				  PROT_READ | PROT_WRITE, MAP_SHARED, kcov->fd,
				  0);
	if (!kcov->area || kcov->area == MAP_FAILED) {
		kcov->area = NULL;
		return false;
	}
	code_find();
	return code_at;
}

/* By the thread itself */
void kcov_enable(struct kcov *kcov)
{
	if (kcov->area && ioctl(kcov->fd, KCOV_ENABLE, KCOV_TRACE_PC))
		kcov->area = NULL;
}

void kcov_begin(struct kcov *kcov)
{
	if (kcov->area)
		__atomic_store_n(&kcov->area[0], 0, __ATOMIC_RELAXED);
}

/* Whether the thread reached an instruction, or went a way, that is new */
bool kcov_judge(struct kcov *kcov)
{
	unsigned long i, n, at, before = 0;
	bool new = false;

	if (!kcov->area)
		return false;
	n = __atomic_load_n(&kcov->area[0], __ATOMIC_RELAXED);
	for (i = 1; i <= n && i < KCOV_WORDS; i++) {
		at = kcov->area[i] - code_at;
		if (at >= code_size || at >= FUZZ_CODE)
			continue;
		if (!(state->code[at / 8] & 1 << at % 8)) {
			state->code[at / 8] |= 1 << at % 8;
			state->pcs++;
			new = true;
		}
		new |= corpus_feature(0, before, at);
		before = at;
	}
	return new;
}
