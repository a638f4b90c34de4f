// SPDX-License-Identifier: GPL-2.0
/*
 * scenario_name.c - names of a scenario: who has one, who is meant; and addresses
 *
 * Called by scenario_step.c and, for its keys, by scenario_value.c.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "scenario_value.h"

static const char *const kind_names[] = {
	[NAME_SOCKET] = "socket", [NAME_PACKET] = "held packet",
	[NAME_RULE] = "rule", [NAME_CALL] = "call in the background",
};

/* -1 where there is none */
int find_name(const struct scenario *sc, const char *text)
{
	size_t i;

	for (i = 0; i < sc->nr_names; i++)
		if (!strcmp(sc->name[i].text, text))
			return i;
	return -1;
}

/* a letter first, so that it is no address */
static bool is_name(const char *text)
{
	if (!isalpha((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_' &&
		    *text != '-')
			return false;
	return true;
}

static int new_name(struct reader *r, const yaml_node_t *node,
		    struct scenario_item *item, enum scenario_name_kind kind)
{
	struct scenario *sc = r->sc;
	int i;

	item->text = text_of(r, node, "a name");
	if (!item->text)
		return -1;
	if (!is_name(item->text))
		return refuse_node(r, node,
				   "`%.64s' is no name: a letter, and then letters, digits, - and _",
				   item->text);
	i = find_name(sc, item->text);
	if (i >= 0)
		return refuse_node(r, node,
				   "`%s' is the name of a %s already, from line %u on",
				   item->text, kind_names[sc->name[i].kind],
				   sc->name[i].at.line);
	if (sc->nr_names == sc->cap_names) {
		size_t cap = sc->cap_names ? 2 * sc->cap_names : 32;
		struct scenario_name *bigger = realloc(sc->name,
						       cap * sizeof(*bigger));

		if (!bigger)
			scenario_no_memory();
		sc->name = bigger;
		sc->cap_names = cap;
	}
	sc->name[sc->nr_names] = (struct scenario_name){
		.kind = kind, .text = item->text, .at = mark_of(node),
	};
	item->number = sc->nr_names++;
	return 0;
}

static void list_names(const struct scenario *sc, enum scenario_name_kind kind,
		       char *list, size_t size)
{
	size_t len = 0, i;

	snprintf(list, size, "none yet");
	for (i = 0; i < sc->nr_names && len < size; i++)
		if (sc->name[i].kind == kind)
			len += snprintf(list + len, size - len, "%s%s",
					len ? ", " : "", sc->name[i].text);
}

static int old_name(struct reader *r, const yaml_node_t *node,
		    struct scenario_item *item, enum scenario_name_kind kind)
{
	char list[SCENARIO_WHY_LEN / 2];
	int i;

	item->text = text_of(r, node, "a name");
	if (!item->text)
		return -1;
	i = find_name(r->sc, item->text);
	if (i >= 0 && r->sc->name[i].kind == kind) {
		item->number = i;
		return 0;
	}
	list_names(r->sc, kind, list, sizeof(list));
	return refuse_node(r, node, "there is no %s `%.64s'; there are: %s",
			   kind_names[kind], item->text, list);
}

int take_new_socket(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	return new_name(r, node, item, NAME_SOCKET);
}

/* the second one's number is behind the first one's */
int take_two_sockets(struct reader *r, yaml_node_t *node,
		     struct scenario_item *item)
{
	struct scenario_item second = { 0 };
	yaml_node_t **nodes;

	if (node->type != YAML_SEQUENCE_NODE ||
	    list_of(r, node, "a name", item, &nodes) != 2)
		return refuse_node(r, node,
				   "socketpair takes two names, as in [a, b]");
	return new_name(r, nodes[0], item, NAME_SOCKET) ?:
	       new_name(r, nodes[1], &second, NAME_SOCKET);
}

int take_socket(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	return old_name(r, node, item, NAME_SOCKET);
}

int take_packet(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	return old_name(r, node, item, NAME_PACKET);
}

/* a new one, or the next stay of one that has a name */
int take_any_packet(struct reader *r, yaml_node_t *node,
		    struct scenario_item *item)
{
	const char *text = text_of(r, node, "a name");
	int i;

	if (!text)
		return -1;
	i = find_name(r->sc, text);
	if (i < 0 || r->sc->name[i].kind != NAME_PACKET)
		return new_name(r, node, item, NAME_PACKET);
	return old_name(r, node, item, NAME_PACKET);
}

int take_rule_name(struct reader *r, yaml_node_t *node,
		   struct scenario_item *item)
{
	return old_name(r, node, item, NAME_RULE);
}

int take_call(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	return old_name(r, node, item, NAME_CALL);
}

int take_new_call(struct reader *r, yaml_node_t *node,
		  struct scenario_item *item)
{
	return new_name(r, node, item, NAME_CALL);
}

int take_new_rule(struct reader *r, yaml_node_t *node,
		  struct scenario_item *item)
{
	return new_name(r, node, item, NAME_RULE);
}

int take_as(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	return new_name(r, node, item, r->step->verb == VERB_ACCEPT ?
			NAME_SOCKET : NAME_PACKET);
}

int take_of(struct reader *r, yaml_node_t *node, struct scenario_item *item)
{
	return old_name(r, node, item,
			r->step->subject.number == WHAT_SOCKET ? NAME_SOCKET :
								 NAME_RULE);
}

/* the devices come with the scenario: lo, which is always there, stands for them */
static int check_address(struct reader *r, const yaml_node_t *node,
			 const char *text)
{
	static const char *const devices[] = { SCOPE_DEV_NAME, "ve0", "ve1" };
	char copy[ADDRESS_LEN], why[ADDRESS_WHY_LEN], *dev, *end;
	struct sockaddr_scope addr;
	size_t i, nr = r->sc->veth ? 3 : 1;

	if (strlen(text) + 3 > sizeof(copy))
		return refuse_node(r, node, "`%.64s' is too long", text);
	strcpy(copy, text);
	dev = *copy == '[' ? strchr(copy, '%') : strchr(copy, ':') ? copy : NULL;
	if (dev) {
		dev += *dev == '%';
		end = dev + strcspn(dev, "]:");
		for (i = 0; i < nr; i++)
			if ((size_t)(end - dev) == strlen(devices[i]) &&
			    !strncmp(dev, devices[i], end - dev))
				break;
		if (i == nr)
			return refuse_node(r, node,
					   "`%.*s' is no device here: %s",
					   (int)(end - dev), dev,
					   nr == 1 ? "scope0 is" :
						     "scope0, ve0 and ve1 are");
		memmove(dev + 2, end, strlen(end) + 1);
		memcpy(dev, "lo", 2);
	}
	if (address_parse(copy, 0, &addr, why))
		return refuse_node(r, node,
				   "`%.64s' is neither a socket nor an address: %s",
				   text, why);
	r->sc->port[ntohs(addr.sscope_port)] = true;
	return 0;
}

/* a socket's is known when it has one */
int take_address(struct reader *r, yaml_node_t *node,
		 struct scenario_item *item)
{
	item->number = -1;
	item->text = text_of(r, node, "an address");
	if (!item->text)
		return -1;
	if (is_name(item->text))
		return old_name(r, node, item, NAME_SOCKET);
	return check_address(r, node, item->text);
}
