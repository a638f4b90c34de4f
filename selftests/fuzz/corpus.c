// SPDX-License-Identifier: GPL-2.0
/*
 * corpus.c - programs worth keeping, and what made them so
 *
 * A program is kept when it showed something new: an instruction of the module
 * that no other had reached, where the kernel has KCOV; and, with any kernel, a
 * feature. Features are what can be seen from outside: the errno of a call, how
 * a segment of the kernel's answers, and how far the ledger moved. The last is
 * what tells of softirqs, whose instructions KCOV does not give to the caller.
 */
#include "fuzz.h"

static bool set_bit(uint8_t *bits, uint32_t bit)
{
	uint8_t mask = 1 << bit % 8;

	if (bits[bit / 8] & mask)
		return false;
	bits[bit / 8] |= mask;
	return true;
}

static uint32_t feature_hash(unsigned int kind, uint64_t a, uint64_t b)
{
	uint64_t z = (a * 0x9e3779b97f4a7c15ULL ^ b) * 0xbf58476d1ce4e5b9ULL;

	z = (z ^ (z >> 29) ^ kind) * 0x94d049bb133111ebULL;
	return (z >> 32) % FUZZ_FEATURES;
}

/* One of the worker's own; true if it is new */
bool corpus_feature(unsigned int kind, uint64_t a, uint64_t b)
{
	if (!set_bit(state->seen, feature_hash(kind, a, b)))
		return false;
	state->features++;
	return true;
}

/* One that a thread saw: judged when the program is over */
void note(struct actor *actor, unsigned int kind, uint64_t a, uint64_t b)
{
	if (actor->noted < FUZZ_NOTES)
		actor->notes[actor->noted++] = feature_hash(kind, a, b);
}

void corpus_add(const struct program *program, uint32_t ms)
{
	uint32_t at = state->kept;

	if (at == FUZZ_CORPUS)
		at = fuzz_random(FUZZ_CORPUS);
	else
		state->kept++;
	state->corpus[at] = (struct kept) { *program, ms };
}

/* One of those kept, the newest and the quick ones more often; or a new one */
void corpus_pick(struct program *program)
{
	const struct kept *kept, *other;
	uint32_t newest = state->kept < 32 ? state->kept : 32;
	unsigned int tries = 4;

	if (!state->kept || !fuzz_random(50)) {
		program_make(program);
		return;
	}
	do {
		kept = &state->corpus[fuzz_random(2) ?
				      fuzz_random(state->kept) :
				      state->kept - 1 - fuzz_random(newest)];
	} while (kept->ms > 100 * settings.slow && --tries);
	other = &state->corpus[fuzz_random(state->kept)];
	*program = kept->program;
	program_mutate(program, &other->program);
}

static unsigned int log2_of(uint64_t value)
{
	return value ? 64 - __builtin_clzll(value) : 0;
}

/* How far the books moved, in powers of two */
static bool ledger_judge(struct world *world)
{
	struct ledger ledger, *old;
	bool new = false;
	int end, i;

	for (end = 0; end < 2; end++) {
		old = &world->ledger[end];
		if (ledger_read(&world->genl[end], &ledger))
			continue;
		for (i = SKBSCOPE_A_LEDGER_ALLOCATED;
		     i <= SKBSCOPE_A_LEDGER_MAX; i++)
			new |= corpus_feature(2, i, log2_of(ledger.count[i] -
							    old->count[i]));
		for (i = 0; i < ledger.drops; i++)
			new |= corpus_feature(3, ledger.drop[i].reason,
					      log2_of(ledger.drop[i].count -
						      ledger_reason(old, ledger.drop[i].name)));
		*old = ledger;
	}
	return new;
}

/* What a program that was just run showed */
void corpus_judge(struct world *world, const struct program *program,
		  uint32_t ms)
{
	struct actor *actor;
	bool new = false;
	unsigned int i;

	for (actor = world->actor; actor < world->actor + FUZZ_THREADS;
	     actor++) {
		new |= kcov_judge(&actor->kcov);
		for (i = 0; i < actor->noted; i++) {
			if (!set_bit(state->seen, actor->notes[i]))
				continue;
			state->features++;
			new = true;
		}
	}
	new |= ledger_judge(world);
	if (new)
		corpus_add(program, ms);
}
