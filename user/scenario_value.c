// SPDX-License-Identifier: GPL-2.0
/*
 * scenario_value.c - the values of a scenario: numbers, words, octets, fields
 *
 * Called by scenario_step.c. What is wrong is told in words that name it and say what
 * is allowed.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "names.h"
#include "scenario_value.h"

#define SIZE_MAX_OCTETS	(4 << 20)

static int number_of(struct reader *r, struct scenario_mark at,
		     const char *text, int64_t min, int64_t max, int64_t *to)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 0);
	if ((isdigit((unsigned char)*text) ||
	     (*text == '-' && isdigit((unsigned char)text[1]))) &&
	    !*end && !errno && value >= min && value <= max) {
		*to = value;
		return 0;
	}
	return refuse(r, at, "`%.64s' is not a whole number from %lld to %lld",
		      text, (long long)min, (long long)max);
}

static int take_range(struct reader *r, yaml_node_t *node,
		      struct scenario_item *item, int64_t min, int64_t max)
{
	item->text = text_of(r, node, "a number");
	return item->text ? number_of(r, mark_of(node), item->text, min, max,
				      &item->number) : -1;
}

static int take_count(struct reader *r, yaml_node_t *node,
		      struct scenario_item *item)
{
	return take_range(r, node, item, 1, INT_MAX);
}

static int take_backlog(struct reader *r, yaml_node_t *node,
			struct scenario_item *item)
{
	return take_range(r, node, item, 0, INT_MAX);
}

static int take_returns(struct reader *r, yaml_node_t *node,
			struct scenario_item *item)
{
	return take_range(r, node, item, 0, INT_MAX);
}

static int take_max(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	return take_range(r, node, item, 0, SIZE_MAX_OCTETS);
}

static int take_text(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item)
{
	item->text = text_of(r, node, "a number");
	return item->text ? 0 : -1;
}

static int take_bool(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item)
{
	item->text = text_of(r, node, "true or false");
	if (!item->text)
		return -1;
	item->number = !strcmp(item->text, "true");
	if (item->number || !strcmp(item->text, "false"))
		return 0;
	return refuse_node(r, node, "`%.64s' is neither true nor false",
			   item->text);
}

static int take_type(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item)
{
	item->text = text_of(r, node, "a type of socket");
	if (!item->text)
		return -1;
	item->number = sock_type_by_name(item->text);
	if (item->number >= 0)
		return 0;
	return refuse_node(r, node,
			   "`%.64s' is no type: dgram, stream, seqpacket and raw are",
			   item->text);
}

static int take_end(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	item->text = text_of(r, node, "here or peer");
	if (!item->text)
		return -1;
	item->number = strcmp(item->text, "peer") ? END_HERE : END_PEER;
	if (item->number == END_HERE && strcmp(item->text, "here"))
		return refuse_node(r, node, "`%.64s' is neither here nor peer",
				   item->text);
	if (item->number == END_PEER && !r->sc->veth)
		return refuse_node(r, node,
				   "there is a peer with `device: veth' alone");
	return 0;
}

static int take_how(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	static const char *const hows[] = {
		[SHUT_RD] = "rd", [SHUT_WR] = "wr", [SHUT_RDWR] = "rdwr",
	};
	int i;

	item->text = text_of(r, node, "rd, wr or rdwr");
	if (!item->text)
		return -1;
	for (i = 0; i < 3; i++)
		if (!strcmp(hows[i], item->text))
			break;
	item->number = i;
	return i < 3 ? 0 : refuse_node(r, node,
				       "`%.64s' is none of rd, wr and rdwr",
				       item->text);
}

static int take_request(struct reader *r, yaml_node_t *node,
			struct scenario_item *item)
{
	item->text = text_of(r, node, "SIOCINQ or SIOCOUTQ");
	if (!item->text)
		return -1;
	item->number = request_by_name(item->text);
	return item->number >= 0 ? 0 :
	       refuse_node(r, node, "`%.64s' is neither SIOCINQ nor SIOCOUTQ",
			   item->text);
}

static int take_errno(struct reader *r, yaml_node_t *node,
		      struct scenario_item *item)
{
	item->text = text_of(r, node, "the name of an errno");
	if (!item->text)
		return -1;
	item->number = errno_by_name(item->text);
	return item->number >= 0 ? 0 :
	       refuse_node(r, node,
			   "`%.64s' is no errno; ECONNREFUSED is one", item->text);
}

static int take_station(struct reader *r, yaml_node_t *node,
			struct scenario_item *item)
{
	item->text = text_of(r, node, "a station");
	if (!item->text)
		return -1;
	item->number = station_by_name(item->text);
	return item->number > 0 ? 0 :
	       refuse_node(r, node,
			   "`%.64s' is no station; `skbscope stations' lists them",
			   item->text);
}

/* a scalar is a list of one; returns how many, or -1 */
int list_of(struct reader *r, yaml_node_t *node, const char *what,
	    struct scenario_item *item, yaml_node_t ***nodes)
{
	size_t nr = 1, i;

	if (node->type == YAML_SEQUENCE_NODE)
		nr = node->data.sequence.items.top -
		     node->data.sequence.items.start;
	item->word = scenario_alloc(r->sc, (nr + 1) * sizeof(*item->word));
	item->word_at = scenario_alloc(r->sc, (nr + 1) *
				       sizeof(*item->word_at));
	*nodes = scenario_alloc(r->sc, (nr + 1) * sizeof(**nodes));
	for (i = 0; i < nr; i++) {
		(*nodes)[i] = node->type == YAML_SEQUENCE_NODE ?
			      yaml_document_get_node(&r->doc,
						     node->data.sequence.items.start[i]) :
			      node;
		item->word[i] = text_of(r, (*nodes)[i], what);
		if (!item->word[i])
			return -1;
		item->word_at[i] = mark_of((*nodes)[i]);
	}
	item->nr_words = nr;
	return nr;
}

static int take_bits(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item, const char *what,
		     int (*by_name)(const char *name),
		     const char *(*word)(size_t i))
{
	char list[SCENARIO_WHY_LEN / 2];
	yaml_node_t **nodes;
	int nr = list_of(r, node, what, item, &nodes), i;

	for (i = 0; i < nr; i++) {
		int bit = by_name(item->word[i]);

		if (bit < 0) {
			list_words(word, list, sizeof(list));
			return refuse_node(r, nodes[i],
					   "`%.64s' is not %s; there are %s",
					   item->word[i], what, list);
		}
		item->number |= bit;
	}
	return nr < 0 ? -1 : 0;
}

static int take_flags(struct reader *r, yaml_node_t *node,
		      struct scenario_item *item)
{
	return take_bits(r, node, item, "a flag of send or recv",
			 message_flag_by_name, message_flag_word);
}

static int take_events(struct reader *r, yaml_node_t *node,
		       struct scenario_item *item)
{
	return take_bits(r, node, item, "an event of poll", poll_event_by_name,
			 poll_event_word);
}

/* "STATION", or with other sk_buffs beside it "NUMBER STATION" */
static int check_entry(struct reader *r, struct scenario_mark at,
		       const char *text, bool numbered)
{
	unsigned long number;
	char *end;

	if (numbered) {
		number = strtoul(text, &end, 10);
		if (!isdigit((unsigned char)*text) || *end != ' ' || !number)
			return refuse(r, at,
				      "`%.64s' has to be the number of an sk_buff and a station, as in `1 socket.send'; or say `skb: 1'",
				      text);
		text = end + 1;
	}
	if (station_by_name(text) > 0 || !strcmp(text, "refused"))
		return 0;
	return refuse(r, at, "`%.64s' is neither a station nor refused", text);
}

static int take_are(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	yaml_node_t **nodes;

	if (node->type != YAML_SEQUENCE_NODE)
		return refuse_node(r, node, "the stations are a list");
	return list_of(r, node, "a station", item, &nodes) < 0 ? -1 : 0;
}

/* at the end of the step, for it may be said late whose they are */
int check_are(struct reader *r)
{
	const struct scenario_item *are = &r->step->item[KEY_ARE];
	size_t i;

	for (i = 0; i < are->nr_words; i++)
		if (check_entry(r, are->word_at[i], are->word[i],
				!step_has(r->step, KEY_SKB)))
			return -1;
	return 0;
}

int take_what(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	int i;

	item->text = text_of(r, node, "what is expected");
	if (!item->text)
		return -1;
	for (i = 0; i < NR_WHATS; i++)
		if (!strcmp(what_name(i), item->text))
			break;
	item->number = i;
	return i < NR_WHATS ? 0 :
	       refuse_node(r, node,
			   "`%.64s' can't be expected: stations, event, ledger, socket and rule can",
			   item->text);
}

static int take_data(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item)
{
	uint8_t *octets;

	(void)item;
	if (node->type != YAML_SCALAR_NODE)
		return refuse_node(r, node, "data is a text");
	r->step->len = node->data.scalar.length;
	octets = scenario_alloc(r->sc, r->step->len + 1);
	memcpy(octets, node->data.scalar.value, r->step->len);
	r->step->octets = octets;
	return 0;
}

static int digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' :
					   tolower((unsigned char)c) - 'a' + 10;
}

static int take_hex(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	const char *at;
	uint8_t *octets;
	size_t len = 0;

	item->text = text_of(r, node, "octets in hexadecimal");
	if (!item->text)
		return -1;
	octets = scenario_alloc(r->sc, strlen(item->text) + 1);
	for (at = item->text; *at;) {
		int high, low;

		if (*at == ' ') {
			at++;
			continue;
		}
		high = digit(at[0]);
		low = high < 0 ? -1 : digit(at[1]);
		if (low < 0)
			return refuse_node(r, node,
					   "`%.16s' is not octets in hexadecimal, two digits each",
					   at);
		octets[len++] = high << 4 | low;
		at += 2;
	}
	r->step->octets = octets;
	r->step->len = len;
	return 0;
}

/* the pattern of `skbscope send --size' */
static int take_size(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item)
{
	uint8_t *octets;
	int64_t i;

	if (take_range(r, node, item, 0, SIZE_MAX_OCTETS))
		return -1;
	octets = scenario_alloc(r->sc, item->number + 1);
	for (i = 0; i < item->number; i++)
		octets[i] = 'a' + i % 26;
	r->step->octets = octets;
	r->step->len = item->number;
	return 0;
}

static int find_option(struct reader *r, const yaml_node_t *node,
		       const char **name, const struct option_name **option)
{
	char list[SCENARIO_WHY_LEN / 2];

	*name = text_of(r, node, "a socket option");
	if (!*name)
		return -1;
	*option = option_by_name(*name);
	if (*option)
		return 0;
	list_words(option_word, list, sizeof(list));
	return refuse_node(r, node, "`%.64s' is no option here; there are %s",
			   *name, list);
}

static int take_option(struct reader *r, yaml_node_t *node,
		       struct scenario_item *item)
{
	return find_option(r, node, &item->text, &item->option);
}

/* SO_ERROR and the like have errnos; @option is NULL for a plain number */
int option_value(struct reader *r, struct scenario_mark at,
		 const struct option_name *option, const char *text,
		 int64_t *to)
{
	if (option && option->kind == OPTION_DEVICE)
		return 0;
	if (option && option->kind == OPTION_NUMBER &&
	    errno_by_name(text) > 0) {
		*to = errno_by_name(text);
		return 0;
	}
	return number_of(r, at, text, option && option->kind == OPTION_LINGER ?
			 -1 : 0, INT_MAX, to);
}

/* name: value; @check: judges the names, and may note what they are */
static int take_pairs(struct reader *r, yaml_node_t *node,
		      struct scenario_item *item,
		      int (*check)(struct reader *r, yaml_node_t *name,
				   yaml_node_t *value,
				   struct scenario_field *field))
{
	yaml_node_pair_t *pair, *top;
	size_t i;

	if (node->type != YAML_MAPPING_NODE)
		return refuse_node(r, node, "here names and values are wanted, as in {name: value}");
	pair = node->data.mapping.pairs.start;
	top = node->data.mapping.pairs.top;
	if (pair == top)
		return refuse_node(r, node, "nothing is said here");
	item->field = scenario_alloc(r->sc, (top - pair) *
				     sizeof(*item->field));
	for (; pair < top; pair++) {
		yaml_node_t *name = yaml_document_get_node(&r->doc, pair->key);
		struct scenario_field *field = &item->field[item->nr_fields];

		field->at = mark_of(name);
		if (check(r, name, yaml_document_get_node(&r->doc, pair->value),
			  field))
			return -1;
		for (i = 0; i < item->nr_fields; i++)
			if (!strcmp(item->field[i].name, field->name))
				return refuse_node(r, name,
						   "`%s' was said already, on line %u",
						   field->name,
						   item->field[i].at.line);
		item->nr_fields++;
	}
	return 0;
}

static int check_option_pair(struct reader *r, yaml_node_t *name,
			     yaml_node_t *value, struct scenario_field *field)
{
	if (find_option(r, name, &field->name, &field->option))
		return -1;
	field->value = text_of(r, value, "a value");
	return field->value ? option_value(r, mark_of(value), field->option,
					   field->value, &field->number) : -1;
}

static int take_options(struct reader *r, yaml_node_t *node,
			struct scenario_item *item)
{
	return take_pairs(r, node, item, check_option_pair);
}

/* "[a, b]", as an array of JSON is written for comparison */
static const char *joined(struct reader *r, yaml_node_t *node)
{
	struct scenario_item item = { 0 };
	yaml_node_t **nodes;
	size_t size = 3, i;
	char *text;

	if (list_of(r, node, "a value", &item, &nodes) < 0)
		return NULL;
	for (i = 0; i < item.nr_words; i++)
		size += strlen(item.word[i]) + 2;
	text = scenario_alloc(r->sc, size);
	strcpy(text, "[");
	for (i = 0; i < item.nr_words; i++) {
		strcat(text, i ? ", " : "");
		strcat(text, item.word[i]);
	}
	strcat(text, "]");
	return text;
}

static bool knows(const struct scenario_step *step, const char *name)
{
	return step->verb == VERB_HELD ? held_field_known(name) :
	       field_known(step->subject.number, name);
}

static int check_field(struct reader *r, yaml_node_t *name, yaml_node_t *value,
		       struct scenario_field *field)
{
	char list[SCENARIO_WHY_LEN - 128];

	field->name = text_of(r, name, "a field");
	if (!field->name)
		return -1;
	if (!knows(r->step, field->name)) {
		if (r->step->verb == VERB_HELD)
			held_field_list(list, sizeof(list));
		else
			field_list(r->step->subject.number, list, sizeof(list));
		return refuse_node(r, name, "`%.64s' is no field of it; there are %s",
				   field->name, list);
	}
	field->value = value->type == YAML_SEQUENCE_NODE ?
		       joined(r, value) : text_of(r, value, "a value");
	return field->value ? 0 : -1;
}

static int take_fields(struct reader *r, yaml_node_t *node,
		       struct scenario_item *item)
{
	return take_pairs(r, node, item, check_field);
}

take_fn take_for(enum scenario_key key)
{
	static const take_fn takes[NR_KEYS] = {
		[KEY_TYPE] = take_type, [KEY_IN] = take_end,
		[KEY_NONBLOCK] = take_bool, [KEY_OPTIONS] = take_options,
		[KEY_BIND] = take_address, [KEY_TO] = take_address,
		[KEY_BACKLOG] = take_backlog, [KEY_AS] = take_as,
		[KEY_DATA] = take_data, [KEY_HEX] = take_hex,
		[KEY_SIZE] = take_size, [KEY_MAX] = take_max,
		[KEY_FLAGS] = take_flags, [KEY_HOW] = take_how,
		[KEY_OPTION] = take_option, [KEY_VALUE] = take_text,
		[KEY_REQUEST] = take_request, [KEY_EVENTS] = take_events,
		[KEY_RETURNS] = take_returns, [KEY_ERRNO] = take_errno,
		[KEY_BACKGROUND] = take_new_call, [KEY_NAME] = take_new_rule,
		[KEY_AT] = take_station, [KEY_BY] = take_rule_name,
		[KEY_DO] = take_order, [KEY_SKB] = take_count,
		[KEY_MESSAGE] = take_count, [KEY_NTH] = take_count,
		[KEY_ARE] = take_are, [KEY_OF] = take_of,
		[KEY_FIELDS] = take_fields,
	};

	return takes[key];
}
