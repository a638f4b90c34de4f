// SPDX-License-Identifier: GPL-2.0
/*
 * test_rule.c - rules out of words, and the words for them
 *
 * Called by tests/run.
 */
#include <linux/filter.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "json.h"
#include "render.h"
#include "rule.h"
#include "tests/ktap.h"

static char why[RULE_WHY_LEN];

/* words with blanks between them; 0 if all of them were taken */
static int make(struct rule *rule, const char *kind, const char *said)
{
	char copy[256], *word, *rest = copy;
	int ret;

	memset(rule, 0, sizeof(*rule));
	why[0] = '\0';
	snprintf(copy, sizeof(copy), "%s", said);
	ret = rule_stations(rule, strsep(&rest, " "), why);
	if (strcmp(kind, "hold"))
		ret = ret ?: rule_kind(rule, kind, why);
	else
		num_set(&rule->n, SKBSCOPE_A_RULE_ACTION, SKBSCOPE_ACTION_HOLD);
	while (!ret && (word = strsep(&rest, " ")))
		ret = rule_word(rule, word, why);
	return ret ?: rule_check(rule, why);
}

static void expect_refused(const char *kind, const char *said,
			   const char *wanted)
{
	struct rule rule;

	EXPECT_NUM(make(&rule, kind, said), -1);
	EXPECT_HAS(why, wanted);
	rule_clear(&rule);
}

static void all_words(void)
{
	static const char all[] =
		"device.queue,device.xmit port=5000 sock=7 data p=5% seed=3 ms=9 jitter=9";
	char text[RULE_TEXT_LEN];
	struct rule rule;

	EXPECT_NUM(make(&rule, "delay", all), 0);
	EXPECT_STR(why, "");
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_STATIONS),
		   1 << 5 | 1 << 6);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_ACTION),
		   SKBSCOPE_ACTION_DELAY);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_CHANCE), 50000);
	EXPECT_STR(text_stations(&rule, text), "device.queue,device.xmit");
	EXPECT_STR(text_words(&rule, text),
		   "port=5000 sock=7 data p=0.05 seed=3 ms=9 jitter=9");
	rule_clear(&rule);

	EXPECT_NUM(make(&rule, "truncate", "protocol.push dev=scope0 keep=0 nth=3 every=2 control"),
		   0);
	EXPECT(num_has(&rule.n, SKBSCOPE_A_RULE_IFINDEX));
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_IFINDEX), 0);
	EXPECT_STR(text_words(&rule, text), "dev=scope0 control nth=3 every=2 keep=0");
	rule_clear(&rule);

	EXPECT_NUM(make(&rule, "hold", "all skb=9 count=4 max=4096 timeout=5 overflow=drop loose"),
		   0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_STATIONS), 0x3ffe);
	EXPECT_STR(text_words(&rule, text),
		   "skb=9 count=4 max=4096 timeout=5 overflow=drop loose");
	rule_clear(&rule);

	/* All are those where it can be done */
	EXPECT_NUM(make(&rule, "drop", "all"), 0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_STATIONS), 0xffc);
	/* Nobody waits at the ends for what is late: only who asks for it has it */
	EXPECT_NUM(make(&rule, "delay", "all ms=5"), 0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_STATIONS), 0xffe);
	EXPECT_NUM(make(&rule, "delay", "end.consumed,end.dropped ms=5"), 0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_STATIONS), 0x3000);
	EXPECT_NUM(make(&rule, "wouldblock", "all"), 0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_STATIONS), 0x806);
}

static void as_tcpdump(void)
{
	struct rule rule;

	EXPECT_NUM(make(&rule, "drop", "device.xmit"), 0);
	EXPECT_NUM(rule_word(&rule, "frames=len > 100", why), 0);
	EXPECT(rule.program && rule.nr_insn > 1);
	EXPECT_NUM(rule_word(&rule, "frames=len > 9", why), -1);
	EXPECT_HAS(why, "the second one");
	rule_clear(&rule);
	EXPECT_NUM(make(&rule, "drop", "device.xmit"), 0);
	EXPECT_NUM(rule_word(&rule, "frames=tcp port 80", why), -1);
	EXPECT_HAS(why, "no frame of the family");
	EXPECT_NUM(rule_word(&rule, "frames=lenn", why), -1);
	EXPECT_HAS(why, "libpcap does not take this");
	rule_clear(&rule);
}

/* a path of a file with these numbers; the same one each time */
static const char *table_of(const char *numbers)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		strcpy(path, "/tmp/test_rule.XXXXXX");
		fd = mkstemp(path);
	}
	EXPECT_NUM(ftruncate(fd, 0), 0);
	EXPECT_NUM(pwrite(fd, numbers, strlen(numbers), 0), strlen(numbers));
	return path;
}

static void spread(void)
{
	char said[128], word[64], text[RULE_TEXT_LEN];
	const char *path = table_of("1 -2 3");
	struct rule rule;

	/* a table goes where it goes, whatever jitter is */
	snprintf(word, sizeof(word), "dist=%s", path);
	snprintf(said, sizeof(said), "device.xmit ms=1 jitter=9 %s", word);
	EXPECT_NUM(make(&rule, "delay", said), 0);
	EXPECT_STR(why, "");
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_TABLE_LEN), 3);
	EXPECT(rule.table && rule.table[0] == 1 && rule.table[1] == -2 &&
	       rule.table[2] == 3);
	EXPECT_HAS(text_words(&rule, text), word);
	EXPECT_NUM(rule_word(&rule, "dist=uniform", why), -1);
	EXPECT_HAS(why, "dist was said already");
	rule_clear(&rule);

	/* who did not name it has its length alone */
	num_set(&rule.n, SKBSCOPE_A_RULE_TABLE_LEN, 4096);
	EXPECT_STR(text_words(&rule, text), "dist=table of 4096");

	EXPECT_NUM(make(&rule, "delay", "device.xmit ms=9 jitter=9 dist=uniform"), 0);
	EXPECT(!rule.table && !num_has(&rule.n, SKBSCOPE_A_RULE_TABLE_LEN));
	EXPECT_STR(text_words(&rule, text), "ms=9 jitter=9 dist=uniform");
	EXPECT_NUM(rule_word(&rule, word, why), -1);
	EXPECT_HAS(why, "dist was said already");
	rule_clear(&rule);

	snprintf(said, sizeof(said), "device.xmit ms=9 %s", word);
	expect_refused("delay", said, "jitter= is missing");
	expect_refused("delay", "device.xmit ms=9 dist=uniform",
		       "jitter= is missing");
	expect_refused("delay", "device.xmit ms=5 jitter=6 dist=uniform",
		       "can't be more than ms=");
	expect_refused("reorder", "device.xmit ms=9 dist=uniform",
		       "`dist=uniform' is no word for reorder");
	expect_refused("delay", "device.xmit dist=", "there is no table .dist");
	unlink(path);
	expect_refused("delay", said, "No such file");
}

static void chances(void)
{
	struct rule rule;

	EXPECT_NUM(make(&rule, "drop", "device.xmit p=1"), 0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_CHANCE), 1000000);
	EXPECT_NUM(make(&rule, "drop", "device.xmit p=0.000001"), 0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_CHANCE), 1);
	EXPECT_NUM(make(&rule, "drop", "device.xmit p=12.5%"), 0);
	EXPECT_NUM(num_get(&rule.n, SKBSCOPE_A_RULE_CHANCE), 125000);
	expect_refused("drop", "device.xmit p=0", "p=: `0' is no probability");
	expect_refused("drop", "device.xmit p=1.1", "`1.1'");
	expect_refused("drop", "device.xmit p=nan", "`nan'");
	expect_refused("drop", "device.xmit p=-1", "`-1'");
	expect_refused("drop", "device.xmit p=5%%", "`5%%'");
	expect_refused("drop", "device.xmit p=", "`'");
}

static void refused(void)
{
	expect_refused("drop", "nowhere", "STATION: `nowhere' is no station");
	expect_refused("drop", "device.xmit,", "STATION: `' is no station");
	expect_refused("drop", "device.xmit,all", "`all' is no station");
	expect_refused("drop", "end.dropped",
		       "drop can't be done at end.dropped; it can at socket.alloc");
	expect_refused("reorder", "end.consumed,device.xmit ms=5",
		       "reorder can't be done at end.consumed");
	expect_refused("drop", "socket.send,device.xmit",
		       "drop can't be done at socket.send; it can at socket.alloc");
	expect_refused("wouldblock", "socket.recv,socket.queue",
		       "at socket.queue; it can at socket.send, socket.alloc, socket.recv");
	expect_refused("explode", "device.xmit",
		       "KIND: `explode' is no fault; there are drop, delay");
	expect_refused("drop", "device.xmit ms=5", "`ms=5' is no word for drop");
	expect_refused("drop", "device.xmit max=5", "`max=5' is no word for drop");
	expect_refused("hold", "device.xmit keep=5", "no word for hold");
	expect_refused("drop", "device.xmit por=5", "takes port=, sock=");
	expect_refused("drop", "device.xmit port", "port=: the value is missing");
	expect_refused("drop", "device.xmit data=1", "`data' takes no value");
	expect_refused("drop", "device.xmit port=0",
		       "port=: `0' is not a whole number from 1 to 65535");
	expect_refused("drop", "device.xmit port=70000", "`70000'");
	expect_refused("drop", "device.xmit port=1 port=2",
		       "`port=2' is too much: port was said already");
	expect_refused("drop", "device.xmit data control",
		       "data or control was said already");
	expect_refused("drop", "device.xmit dev=nodev", "no device `nodev'");
	expect_refused("hold", "device.xmit overflow=keep",
		       "`keep' is neither pass nor drop");
}

static void nonsense(void)
{
	expect_refused("delay", "device.xmit", "delay: ms= is missing");
	expect_refused("delay", "device.xmit ms=5 jitter=6",
		       "can't be more than ms=");
	expect_refused("reorder", "device.xmit", "reorder: ms= is missing");
	expect_refused("truncate", "device.xmit", "keep= is missing");
	expect_refused("drop", "device.xmit seed=3", "seed= is for");
	expect_refused("corrupt", "device.xmit seed=3", "seed= is for");
	expect_refused("drop", "device.xmit p=5% nth=3", "say one of them");
}

static void from_the_kernel(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(1, 0);
	struct json_object *o;
	struct rule rule;
	char *text = NULL;
	size_t size;
	FILE *out;

	nla_put_u32(msg, SKBSCOPE_A_RULE_ID, 3);
	nla_put_u32(msg, SKBSCOPE_A_RULE_ACTION, SKBSCOPE_ACTION_DROP);
	nla_put_u32(msg, SKBSCOPE_A_RULE_STATIONS, 1 << 6);
	nla_put_u64(msg, SKBSCOPE_A_RULE_SEEN, 10);
	nla_put_u64(msg, SKBSCOPE_A_RULE_HITS, 2);
	nla_put_u64(msg, SKBSCOPE_A_RULE_MISSED, 1);
	nla_put_u32(msg, SKBSCOPE_A_RULE_HELD, 0);
	nla_put_u32(msg, SKBSCOPE_A_RULE_EVERY, 5);
	nla_put_flag(msg, SKBSCOPE_A_RULE_PERSIST);
	EXPECT_NUM(rule_decode(nlmsg_data(nlmsg_hdr(msg)),
			       nlmsg_datalen(nlmsg_hdr(msg)), &rule), 0);
	nlmsg_free(msg);

	out = open_memstream(&text, &size);
	render_rule(out, &rule);
	fclose(out);
	EXPECT_STR(text, "   3  drop            10        2        1     0  persists    device.xmit every=5\n");
	free(text);

	o = json_rule(&rule);
	EXPECT_HAS(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		   "{\"rule\":3,\"kind\":\"drop\",\"stations\":[\"device.xmit\"],\"port\":null,");
	EXPECT_HAS(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
		   "\"hits\":2,\"missed\":1,\"full\":null,\"held\":0,\"loose\":false,\"persist\":true,\"table\":null}");
	json_object_put(o);
}

static const struct ktap_test tests[] = {
	{ "every word is taken, and told again", all_words },
	{ "what tcpdump takes", as_tcpdump },
	{ "probabilities", chances },
	{ "how jitter is spread", spread },
	{ "a bad word is named", refused },
	{ "what makes no sense together", nonsense },
	{ "a rule of the kernel's", from_the_kernel },
};

int main(void)
{
	return ktap_run(tests, sizeof(tests) / sizeof(tests[0]));
}
