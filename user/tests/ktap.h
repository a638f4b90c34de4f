/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ktap.h - what the unit tests share: expectations and the KTAP they end in
 *
 * Each tests/test_*.c is a program with a table of tests for ktap_run().
 */
#ifndef _KTAP_H
#define _KTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ktap_test {
	const char	*name;
	void		(*run)(void);
};

int ktap_run(const struct ktap_test *tests, size_t nr);
void ktap_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define EXPECT(condition)						\
	do {								\
		if (!(condition))					\
			ktap_fail(__FILE__, __LINE__, "not true: %s",	\
				  #condition);				\
	} while (0)

#define EXPECT_NUM(is, wanted)						\
	do {								\
		long long is_ = (is), wanted_ = (wanted);		\
									\
		if (is_ != wanted_)					\
			ktap_fail(__FILE__, __LINE__,			\
				  "%s is %lld, not %lld", #is, is_,	\
				  wanted_);				\
	} while (0)

#define EXPECT_STR(is, wanted)						\
	do {								\
		const char *is_ = (is), *wanted_ = (wanted);		\
									\
		if (!is_ || strcmp(is_, wanted_))			\
			ktap_fail(__FILE__, __LINE__,			\
				  "%s is \"%s\", not \"%s\"", #is,	\
				  is_ ? is_ : "(null)", wanted_);	\
	} while (0)

#define EXPECT_HAS(text, part)						\
	do {								\
		const char *text_ = (text), *part_ = (part);		\
									\
		if (!text_ || !strstr(text_, part_))			\
			ktap_fail(__FILE__, __LINE__,			\
				  "\"%s\" is not in \"%s\"", part_,	\
				  text_ ? text_ : "(null)");		\
	} while (0)

#endif /* _KTAP_H */
