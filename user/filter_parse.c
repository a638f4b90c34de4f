// SPDX-License-Identifier: GPL-2.0
/*
 * filter_parse.c - from the text of a filter to its tree
 *
 * Called by option.c. A parser by recursive descent:
 *
 *	or:	and { "||" and }
 *	and:	not { "&&" not }
 *	not:	"!" not | "(" or ")" | FIELD OP VALUE | "pcap" "(" STRING ")"
 *
 * All that is wrong is found here, before anything runs.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_tree.h"

#define DEPTH_MAX	64	/* of ! and ( inside one another */

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_COMPARE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_BAR,
	TOKEN_BAD,
};

struct token {
	enum token_kind	kind;
	size_t		at;
	size_t		len;
	enum filter_op	op;
};

struct parser {
	const char		*text;
	struct token		token;	/* the one to be taken next */
	size_t			end;	/* of the one taken last */
	unsigned int		depth;
	struct filter		*filter;
	struct filter_error	*error;
	bool			failed;
};

/* longer ones before those they begin with */
static const struct sign {
	const char	*text;
	enum token_kind	kind;
	enum filter_op	op;
} signs[] = {
	{ "&&", TOKEN_AND, 0 },
	{ "||", TOKEN_OR, 0 },
	{ "==", TOKEN_COMPARE, FILTER_EQ },
	{ "!=", TOKEN_COMPARE, FILTER_NE },
	{ "<=", TOKEN_COMPARE, FILTER_LE },
	{ ">=", TOKEN_COMPARE, FILTER_GE },
	{ "<", TOKEN_COMPARE, FILTER_LT },
	{ ">", TOKEN_COMPARE, FILTER_GT },
	{ "&", TOKEN_COMPARE, FILTER_BITS },
	{ "|", TOKEN_BAR, 0 },
	{ "!", TOKEN_NOT, 0 },
	{ "(", TOKEN_OPEN, 0 },
	{ ")", TOKEN_CLOSE, 0 },
};

/* the first that is wrong is told; always NULL */
static void *fail(struct parser *p, size_t at, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void *fail(struct parser *p, size_t at, size_t len, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return NULL;
	p->failed = true;
	p->error->at = at;
	p->error->len = len;
	va_start(ap, fmt);
	vsnprintf(p->error->why, sizeof(p->error->why), fmt, ap);
	va_end(ap);
	return NULL;
}

/* for printf's "%.*s" */
#define TOKEN(p)	(int)(p)->token.len, (p)->text + (p)->token.at

/* what was found where something else should be: its name, and the token */
static void *fail_here(struct parser *p, const char *wanted)
{
	const struct token *t = &p->token;

	if (t->kind == TOKEN_END)
		return fail(p, t->at, 0, "%s is missing at the end", wanted);
	if (t->kind == TOKEN_BAD && (p->text[t->at] == '"' ||
				     p->text[t->at] == '\''))
		return fail(p, t->at, t->len, "the quote is not closed");
	if (t->kind == TOKEN_BAD)
		return fail(p, t->at, t->len,
			    "`%.*s' is no word of a filter; there are == != < <= > >= & && || ! ( )",
			    TOKEN(p));
	return fail(p, t->at, t->len, "`%.*s' is where %s should be", TOKEN(p),
		    wanted);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-';
}

/* from the quote to the same one; without it, it is bad */
static void read_string(struct token *t, const char *from)
{
	const char *end = strchr(from + 1, *from);

	t->kind = end ? TOKEN_STRING : TOKEN_BAD;
	t->len = end ? (size_t)(end + 1 - from) : strlen(from);
}

/* what is none: all octets of one character */
static void read_bad(struct token *t, const char *from)
{
	t->kind = TOKEN_BAD;
	for (t->len = 1; (from[t->len] & 0xc0) == 0x80; t->len++)
		;
}

static void advance(struct parser *p)
{
	struct token *t = &p->token;
	const char *from;
	size_t i;

	p->end = t->at + t->len;
	t->at = p->end + strspn(p->text + p->end, " \t\n");
	t->len = 0;
	from = p->text + t->at;
	if (!*from) {
		t->kind = TOKEN_END;
		return;
	}
	if (in_word(*from)) {
		t->kind = TOKEN_WORD;
		while (in_word(from[t->len]) ||
		       (t->len && strchr("[]", from[t->len]) && from[t->len] &&
			filter_path_root(from, t->len + 1) >= 0))
			t->len++;
		return;
	}
	if (*from == '"' || *from == '\'') {
		read_string(t, from);
		return;
	}
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strncmp(from, signs[i].text, strlen(signs[i].text)))
			continue;
		t->kind = signs[i].kind;
		t->op = signs[i].op;
		t->len = strlen(signs[i].text);
		return;
	}
	read_bad(t, from);
}

static struct filter_node *make(struct parser *p, enum filter_kind kind,
				struct filter_node *left,
				struct filter_node *right)
{
	struct filter_node *node;

	if (p->failed)
		return NULL;
	if (p->filter->nr == FILTER_NODES)
		return fail(p, p->token.at, p->token.len,
			    "the filter is too long: it may have %d comparisons and operators",
			    FILTER_NODES);
	node = &p->filter->node[p->filter->nr++];
	node->kind = kind;
	node->left = left;
	node->right = right;
	return node;
}

static void *fail_value(struct parser *p, unsigned int key, const char *what)
{
	char values[512];

	if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_BAD)
		return fail_here(p, "a value");
	filter_list_values(key, values, sizeof(values));
	return fail(p, p->token.at, p->token.len, "`%.*s' is %s %s, which is %s",
		    TOKEN(p), what, filter_key_name(key), values);
}

static bool take_number(struct parser *p, struct filter_node *node)
{
	const char *from = p->text + p->token.at;
	bool hex = !strncmp(from, "0x", 2) || !strncmp(from, "0X", 2);
	char *end;

	if (*from == '-' || !filter_key_numbers(node->key))
		return fail_value(p, node->key, "no value of");
	errno = 0;
	node->value = strtoull(from, &end, hex ? 16 : 10);
	if (end != from + p->token.len)
		return fail_value(p, node->key, "no value of");
	if (errno || node->value < filter_key_min(node->key) ||
	    node->value > filter_key_max(node->key))
		return fail_value(p, node->key, "out of the range of");
	return true;
}

static bool take_name(struct parser *p, struct filter_node *node)
{
	const char *from = p->text + p->token.at;
	size_t len = p->token.len;

	if (node->key == EVF_REASON && filter_reason_known(from, len)) {
		memcpy(node->text, from, len);
		return true;
	}
	if (filter_value_by_name(node->key, from, len, &node->value))
		return true;
	return fail_value(p, node->key, "no value of");
}

static bool take_string(struct parser *p, struct filter_node *node)
{
	size_t len = p->token.len - 2;

	if (node->key != FILTER_DEV || !len || len >= EVENT_DEV_LEN)
		return fail_value(p, node->key, "no value of");
	memcpy(node->text, p->text + p->token.at + 1, len);
	return true;
}

static bool take_value(struct parser *p, struct filter_node *node)
{
	char first = p->text[p->token.at];
	uint64_t bits = 0;
	bool taken;

	for (;;) {
		if (p->token.kind == TOKEN_STRING)
			taken = take_string(p, node);
		else if (p->token.kind != TOKEN_WORD)
			taken = fail_value(p, node->key, "no value of");
		else if (isdigit((unsigned char)first) || first == '-')
			taken = take_number(p, node);
		else
			taken = take_name(p, node);
		if (!taken)
			return false;
		advance(p);
		if (!filter_key_flags(node->key))
			return true;
		bits |= node->value;
		node->value = bits;
		if (p->token.kind != TOKEN_BAR)
			return true;
		advance(p);
		first = p->text[p->token.at];
	}
}

/*
 * A port is that of the sender or of the receiver; it is another one where
 * neither is it.
 */
static struct filter_node *either_port(struct parser *p,
				       struct filter_node *node)
{
	enum filter_kind kind = node->op == FILTER_NE ? FILTER_AND : FILTER_OR;
	struct filter_node *other = make(p, FILTER_COMPARE, NULL, NULL);

	if (!other)
		return NULL;
	*other = *node;
	node->key = EVF_SPORT;
	other->key = EVF_DPORT;
	return make(p, kind, node, other);
}

/* behind the word pcap; the string is another language's */
static struct filter_node *parse_frame(struct parser *p,
				       struct filter_node *node)
{
	struct filter *filter = p->filter;
	struct filter_program *program;
	char why[256], *text;
	struct token string;

	if (p->token.kind != TOKEN_OPEN)
		return fail_here(p, "a parenthesis, as in pcap(\"...\"),");
	advance(p);
	if (p->token.kind != TOKEN_STRING)
		return fail_here(p, "a string in quotes, as pcap-filter(7) has it,");
	string = p->token;
	advance(p);
	if (p->token.kind != TOKEN_CLOSE)
		return fail_here(p, "the parenthesis that closes pcap(");
	advance(p);
	if (filter->nr_programs == FILTER_PROGRAMS)
		return fail(p, node->at, p->end - node->at,
			    "there are more than %d of pcap()",
			    FILTER_PROGRAMS);
	program = &filter->program[filter->nr_programs];
	text = strndup(p->text + string.at + 1, string.len - 2);
	program->insn = text ? frame_compile(text, &program->nr, why,
					     sizeof(why)) : NULL;
	free(text);
	if (!program->insn)
		return fail(p, string.at, string.len, "%s",
			    text ? why : "out of memory");
	node->key = FILTER_FRAME;
	node->op = FILTER_EQ;
	node->value = filter->nr_programs++;
	node->value_at = string.at;
	node->len = p->end - node->at;
	program->node = node;
	return node;
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->token.len == strlen(word) &&
	       !memcmp(p->text + p->token.at, word, p->token.len);
}

/* what a path leads to, and so what may be compared with it, is found later */
static struct filter_node *parse_path(struct parser *p,
				      struct filter_node *node, int of)
{
	node->key = FILTER_PATH;
	node->of = of;
	node->word_len = p->token.len;
	advance(p);
	if (p->token.kind != TOKEN_COMPARE)
		return fail_here(p, "an operator (== != < <= > >= &)");
	node->op = p->token.op;
	advance(p);
	if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_STRING)
		return fail_here(p, "a value");
	node->value_at = p->token.at;
	advance(p);
	node->len = p->end - node->at;
	return node;
}

/* structs that are somewhere, but not in the image of an sk_buff */
static bool is_elsewhere(const struct parser *p)
{
	static const char *const others[] = { "sk.", "sock.", "socket.", "file." };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (p->token.len > strlen(others[i]) &&
		    !strncmp(p->text + p->token.at, others[i], strlen(others[i])))
			return true;
	return false;
}

static struct filter_node *parse_compare(struct parser *p)
{
	struct filter_node *node = make(p, FILTER_COMPARE, NULL, NULL);
	char list[640], wanted[sizeof(list) + 16];
	int key, of;

	if (!node)
		return NULL;
	if (p->token.kind != TOKEN_WORD)
		return fail_here(p, "a field");
	node->at = p->token.at;
	if (is_word(p, "pcap")) {
		advance(p);
		return parse_frame(p, node);
	}
	of = filter_path_root(p->text + p->token.at, p->token.len);
	if (of >= 0 && !is_word(p, "skb.dev.name"))
		return parse_path(p, node, of);
	if (is_elsewhere(p))
		return fail(p, p->token.at, p->token.len,
			    "`%.*s' is in no image of a station, which has skb and shared_info; `show sock' has the others",
			    TOKEN(p));
	key = is_word(p, "skb.dev.name") ? FILTER_DEV :
	      filter_key_by_name(p->text + p->token.at, p->token.len);
	if (key < 0) {
		filter_list_keys(list, sizeof(list));
		return fail(p, p->token.at, p->token.len,
			    "an event has no field `%.*s'; there are %s",
			    TOKEN(p), list);
	}
	node->key = key;
	advance(p);

	filter_list_ops(key, list, sizeof(list));
	if (p->token.kind != TOKEN_COMPARE) {
		snprintf(wanted, sizeof(wanted), "an operator (%s)", list);
		return fail_here(p, wanted);
	}
	if (!filter_key_takes(key, p->token.op))
		return fail(p, p->token.at, p->token.len,
			    "`%.*s' is nothing for %s, which takes %s",
			    TOKEN(p), filter_key_name(key), list);
	node->op = p->token.op;
	advance(p);

	node->value_at = p->token.at;
	if (!take_value(p, node))
		return NULL;
	node->len = p->end - node->at;
	if (!filter_one_possible(node)) {
		filter_list_values(key, list, sizeof(list));
		return fail(p, node->value_at, p->end - node->value_at,
			    "`%.*s' can be true of nothing: %s is %s",
			    (int)node->len, p->text + node->at,
			    filter_key_name(key), list);
	}
	return key == FILTER_PORT ? either_port(p, node) : node;
}

static struct filter_node *parse_or(struct parser *p);

static struct filter_node *parse_not(struct parser *p)
{
	struct token first = p->token;
	struct filter_node *node;

	if (first.kind != TOKEN_NOT && first.kind != TOKEN_OPEN)
		return parse_compare(p);
	if (p->depth == DEPTH_MAX)
		return fail(p, first.at, first.len,
			    "there are more than %d of ! and ( inside one another",
			    DEPTH_MAX);
	p->depth++;
	advance(p);
	if (first.kind == TOKEN_NOT) {
		node = parse_not(p);
		node = node ? make(p, FILTER_NOT, node, NULL) : NULL;
	} else {
		node = parse_or(p);
		if (node && p->token.kind != TOKEN_CLOSE)
			node = p->token.kind == TOKEN_END ?
			       fail(p, first.at, first.len,
				    "the parenthesis is not closed") :
			       fail_here(p, "&&, || or )");
		if (node)
			advance(p);
	}
	p->depth--;
	return node;
}

static struct filter_node *parse_and(struct parser *p)
{
	struct filter_node *left = parse_not(p), *right;

	while (left && p->token.kind == TOKEN_AND) {
		advance(p);
		right = parse_not(p);
		left = right ? make(p, FILTER_AND, left, right) : NULL;
	}
	return left;
}

static struct filter_node *parse_or(struct parser *p)
{
	struct filter_node *left = parse_and(p), *right;

	while (left && p->token.kind == TOKEN_OR) {
		advance(p);
		right = parse_and(p);
		left = right ? make(p, FILTER_OR, left, right) : NULL;
	}
	return left;
}

static void parse_whole(struct parser *p)
{
	const struct filter_node *wrong;

	advance(p);
	p->filter->root = parse_or(p);
	if (p->failed)
		return;
	if (p->token.kind == TOKEN_CLOSE)
		fail(p, p->token.at, p->token.len,
		     "the parenthesis was not opened");
	else if (p->token.kind != TOKEN_END)
		fail_here(p, "&& or ||");
	if (p->failed)
		return;
	wrong = filter_contradiction(p->filter);
	if (wrong)
		fail(p, wrong->at, wrong->len,
		     "the filter can be true of nothing: `%.*s' contradicts the rest of it",
		     (int)wrong->len, p->text + wrong->at);
}

/**
 * filter_parse - make a filter of its text
 * @text: the expression
 * @error: what is wrong with it, and where
 *
 * Return: for filter_free(), or NULL.
 */
struct filter *filter_parse(const char *text, struct filter_error *error)
{
	struct parser p = { .text = text, .error = error };

	if (strlen(text) > FILTER_TEXT_MAX) {
		fail(&p, FILTER_TEXT_MAX, 0,
		     "the filter is too long: it may have %d octets",
		     FILTER_TEXT_MAX);
		return NULL;
	}
	p.filter = calloc(1, sizeof(*p.filter));
	if (!p.filter)
		return fail(&p, 0, 0, "out of memory");
	parse_whole(&p);
	if (!p.failed)
		return p.filter;
	filter_free(p.filter);
	return NULL;
}
