// SPDX-License-Identifier: GPL-2.0
/*
 * permissions_table.c - prints the list of permissions.h as the README has it;
 * style.sh compares the two
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "permissions.h"

struct permission_row {
	const char		*what;
	const char		*need;
	const char		*refusal;
	enum permission_own	own;
	const char		*lockdown;
};

#define PERMISSION_ROW(name, what, need, own, refusal, lockdown) \
	{ what, #need, #refusal, own, #lockdown },

static const struct permission_row rows[] = {
	PERMISSIONS(PERMISSION_ROW)
};

/* A capability by its name, all else in small letters */
static void print_word(const char *word)
{
	const int is_cap = !strncmp(word, "CAP_", 4);

	printf(" ");
	for (; *word; word++)
		putchar(is_cap ? *word : tolower((unsigned char)*word));
	printf(" |");
}

int main(void)
{
	const struct permission_row *row;

	printf("| what | needs | in a namespace of one's own | else | refused under lockdown= |\n");
	printf("|---|---|---|---|---|\n");
	for (row = rows; row < rows + sizeof(rows) / sizeof(*rows); row++) {
		printf("| %s |", row->what);
		print_word(row->need);
		printf(" %s |", row->own == OWN_YES ? "yes" : "no");
		printf(" %s |", strcmp(row->refusal, "0") ? row->refusal : "");
		print_word(strcmp(row->lockdown, "NEVER") ? row->lockdown : "");
		printf("\n");
	}
	return 0;
}
