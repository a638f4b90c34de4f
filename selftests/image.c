// SPDX-License-Identifier: GPL-2.0
/*
 * image.c - proves the raw images of a socket: of every family, from its file
 * to its sk_buffs, for those who may read all memory and for nobody else
 *
 * That an image is of what it says is shown without knowing a layout: a struct
 * that points to another one has that one's address among its bytes.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/if_packet.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <linux/capability.h>

#include "ledger.h"
#include "path.h"

#define OF_SCOPE	-1	/* the number is known at run time */
#define IMAGES		512
#define IMAGE_MOST	64	/* sk_buffs of a queue, as the spec says */
#define NOBODYS_ID	65534

/**
 * struct image - one object
 * @kind: enum skbscope_image_kind
 * @address: in the kernel
 * @name: of the struct
 * @size: what the object has
 * @length: and what of that is in @bytes
 * @torn: may have changed meanwhile
 * @queue: enum skbscope_image_queue
 * @index: on it
 * @frag: in the frag_list of the sk_buff there, from 1
 * @id: of an sk_buff
 * @len: of a queue
 * @left_out: of it
 */
struct image {
	__u32		kind;
	__u64		address;
	char		name[32];
	__u32		size;
	__u32		length;
	bool		torn;
	__u32		queue;
	__u32		index;
	__u32		frag;
	__u64		id;
	__u32		len;
	__u32		left_out;
	__u64		inode;
	__u32		family;
	__u32		netns;
	char		proto[32];
	unsigned char	bytes[4096];
};

struct images {
	int		nr;
	struct image	image[IMAGES];
};

static __u32 u32_or_0(const struct genl_attrs *attrs, int attr)
{
	return attrs->at[attr] ? genl_u32(attrs, attr) : 0;
}

static void on_image(const struct genl_attrs *attrs, void *arg)
{
	const struct nlattr *bytes = attrs->at[SKBSCOPE_A_IMAGE_BYTES];
	struct images *images = arg;
	struct image *image = &images->image[images->nr];

	if (images->nr == IMAGES)
		return;
	images->nr++;
	memset(image, 0, sizeof(*image));
	image->kind = genl_u32(attrs, SKBSCOPE_A_IMAGE_KIND);
	image->address = genl_u64(attrs, SKBSCOPE_A_IMAGE_ADDRESS);
	image->size = genl_u32(attrs, SKBSCOPE_A_IMAGE_SIZE);
	image->torn = attrs->at[SKBSCOPE_A_IMAGE_TORN];
	image->queue = genl_u32(attrs, SKBSCOPE_A_IMAGE_QUEUE);
	image->index = genl_u32(attrs, SKBSCOPE_A_IMAGE_INDEX);
	image->frag = u32_or_0(attrs, SKBSCOPE_A_IMAGE_FRAG);
	image->id = genl_u64(attrs, SKBSCOPE_A_IMAGE_SKB_ID);
	image->len = u32_or_0(attrs, SKBSCOPE_A_IMAGE_LEN);
	image->left_out = u32_or_0(attrs, SKBSCOPE_A_IMAGE_LEFT_OUT);
	image->inode = genl_u64(attrs, SKBSCOPE_A_IMAGE_INODE);
	image->family = genl_u32(attrs, SKBSCOPE_A_IMAGE_FAMILY);
	image->netns = genl_u32(attrs, SKBSCOPE_A_IMAGE_NETNS);
	snprintf(image->name, sizeof(image->name), "%s",
		 genl_string(attrs, SKBSCOPE_A_IMAGE_STRUCT));
	snprintf(image->proto, sizeof(image->proto), "%s",
		 genl_string(attrs, SKBSCOPE_A_IMAGE_PROTO));
	if (bytes && genl_len(bytes) <= sizeof(image->bytes)) {
		image->length = genl_len(bytes);
		memcpy(image->bytes, genl_data(bytes), image->length);
	}
}

static int image_of_fd(struct genl *genl, __s32 fd, struct images *images)
{
	images->nr = 0;
	return genl_dump_of(genl, SKBSCOPE_CMD_IMAGE_GET, SKBSCOPE_A_IMAGE_FD,
			    &fd, sizeof(fd), on_image, images);
}

static int image_of_cookie(struct genl *genl, __u64 cookie,
			   struct images *images)
{
	images->nr = 0;
	return genl_dump_of(genl, SKBSCOPE_CMD_IMAGE_GET,
			    SKBSCOPE_A_IMAGE_COOKIE, &cookie, sizeof(cookie),
			    on_image, images);
}

/* The nth of a kind, of a queue unless that is 0 */
static const struct image *image_find(const struct images *images, __u32 kind,
				      __u32 queue, int nth)
{
	int i;

	for (i = 0; i < images->nr; i++)
		if (images->image[i].kind == kind &&
		    (!queue || images->image[i].queue == queue) && !nth--)
			return &images->image[i];
	return NULL;
}

#define the(kind)	image_find(self->images, SKBSCOPE_IMAGE_KIND_##kind, 0, 0)
#define queue_of(which)	image_find(self->images, SKBSCOPE_IMAGE_KIND_QUEUE, \
				   SKBSCOPE_IMAGE_QUEUE_##which, 0)
#define nth_skb(which, nth) \
	image_find(self->images, SKBSCOPE_IMAGE_KIND_SKB, \
		   SKBSCOPE_IMAGE_QUEUE_##which, nth)
#define nth_info(which, nth) \
	image_find(self->images, SKBSCOPE_IMAGE_KIND_SHARED_INFO, \
		   SKBSCOPE_IMAGE_QUEUE_##which, nth)

static bool points_to(const struct image *from, const struct image *to)
{
	__u32 at;

	for (at = 0; at + 8 <= from->length; at += 8)
		if (!memcmp(from->bytes + at, &to->address, 8))
			return true;
	return false;
}

FIXTURE(image) {
	struct genl genl;
	struct path path;
	struct images *images;
};

FIXTURE_SETUP(image)
{
	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	ASSERT_EQ(0, path_dev_up("lo"));
	ASSERT_EQ(0, genl_open(&self->genl));
	self->images = malloc(sizeof(*self->images));
	ASSERT_NE(NULL, self->images);
}

FIXTURE_TEARDOWN(image)
{
	genl_close(&self->genl);
	free(self->images);
}

TEST_F(image, refused)
{
	__u64 cookie = ~0ULL >> 1;
	struct genl_attrs attrs;
	__s32 fd = 0;

	EXPECT_EQ(-EBADF, image_of_fd(&self->genl, -1, self->images));
	EXPECT_NE(NULL, strstr(self->genl.text, "descriptor"));
	EXPECT_EQ(-EBADF, image_of_fd(&self->genl, 999, self->images));
	fd = open("/dev/null", O_RDONLY);
	EXPECT_EQ(-ENOTSOCK, image_of_fd(&self->genl, fd, self->images));
	EXPECT_NE(NULL, strstr(self->genl.text, "socket"));
	/* Not opened to be used */
	fd = open("/dev/null", O_PATH);
	EXPECT_EQ(-EBADF, image_of_fd(&self->genl, fd, self->images));
	EXPECT_EQ(-ENOENT, image_of_cookie(&self->genl, cookie, self->images));
	EXPECT_NE(NULL, strstr(self->genl.text, "cookie"));
	EXPECT_EQ(-EINVAL, genl_dump(&self->genl, SKBSCOPE_CMD_IMAGE_GET,
				     on_image, self->images));
	EXPECT_NE(NULL, strstr(self->genl.text, "give"));
	EXPECT_EQ(-EOPNOTSUPP, genl_get(&self->genl, SKBSCOPE_CMD_IMAGE_GET,
					SKBSCOPE_A_IMAGE_FD, &fd, sizeof(fd),
					&attrs));
	EXPECT_NE(NULL, strstr(self->genl.text, "dump"));
	EXPECT_EQ(0, self->images->nr);
}

/* Of what there is */
static int keep_only(__u64 caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	return syscall(SYS_capset, &header, data);
}

/* A user who is nobody, with nothing but these */
static int become_nobody(__u64 caps)
{
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(NOBODYS_ID, NOBODYS_ID, NOBODYS_ID) ||
	    setresuid(NOBODYS_ID, NOBODYS_ID, NOBODYS_ID))
		return -1;
	return keep_only(caps);
}

#define CAP(name)	(1ULL << CAP_##name)

/* Two capabilities that only together are enough */
TEST_F(image, syslog_and_perfmon)
{
	int fd = scope_socket(0);

	ASSERT_EQ(0, become_nobody(CAP(SYSLOG) | CAP(PERFMON)));
	/* By a socket that was opened with more, and one that was not */
	EXPECT_LT(0, image_of_fd(&self->genl, fd, self->images));
	genl_close(&self->genl);
	ASSERT_EQ(0, genl_open(&self->genl));
	EXPECT_LT(0, image_of_fd(&self->genl, fd, self->images));

	ASSERT_EQ(0, keep_only(CAP(PERFMON)));
	EXPECT_EQ(-EPERM, image_of_fd(&self->genl, fd, self->images));
	EXPECT_NE(NULL, strstr(self->genl.text, "CAP_SYSLOG"));
}

/* Neither his own capabilities nor those of who opened the socket */
TEST_F(image, borrowed)
{
	int fd = scope_socket(0);

	ASSERT_EQ(0, become_nobody(0));
	EXPECT_EQ(-EPERM, image_of_fd(&self->genl, fd, self->images));
	EXPECT_EQ(0, self->images->nr);
}

TEST_F(image, root_of_another_userns)
{
	int fd;

	ASSERT_EQ(0, become_nobody(0));
	ASSERT_EQ(0, unshare(CLONE_NEWUSER | CLONE_NEWNET));
	genl_close(&self->genl);
	ASSERT_EQ(0, genl_open(&self->genl));
	fd = scope_socket(0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, image_of_fd(&self->genl, fd, self->images));
	EXPECT_EQ(-EPERM, image_of_cookie(&self->genl, ledger_cookie(fd),
					  self->images));
}

FIXTURE(family) {
	struct genl genl;
	struct path path;
	struct images *images;
	int fd;
};

FIXTURE_VARIANT(family) {
	int domain;
	int type;
	int protocol;
	const char *proto;
	bool guarded;	/* by locks that are known */
	bool optional;	/* not every kernel has it */
};

#define FAMILY(name, ...) FIXTURE_VARIANT_ADD(family, name) { __VA_ARGS__ }

FAMILY(scope_stream, OF_SCOPE, SOCK_STREAM, 0, "SCOPE", true);
FAMILY(scope_seqpacket, OF_SCOPE, SOCK_SEQPACKET, 0, "SCOPE", true);
FAMILY(scope_dgram, OF_SCOPE, SOCK_DGRAM, 0, "SCOPE", true);
FAMILY(scope_raw, OF_SCOPE, SOCK_RAW, 0, "SCOPE", true);
FAMILY(tcp, AF_INET, SOCK_STREAM, 0, "TCP", true);
FAMILY(tcp6, AF_INET6, SOCK_STREAM, 0, "TCPv6", true);
FAMILY(udp, AF_INET, SOCK_DGRAM, 0, "UDP", true);
FAMILY(udp6, AF_INET6, SOCK_DGRAM, 0, "UDPv6", true);
FAMILY(raw, AF_INET, SOCK_RAW, IPPROTO_ICMP, "RAW", true);
FAMILY(unix_stream, AF_UNIX, SOCK_STREAM, 0, "UNIX-STREAM", true);
FAMILY(unix_dgram, AF_UNIX, SOCK_DGRAM, 0, "UNIX", true);
FAMILY(netlink, AF_NETLINK, SOCK_RAW, 0, "NETLINK", false);
FAMILY(packet, AF_PACKET, SOCK_RAW, 0, "PACKET", false);
FAMILY(kcm, AF_KCM, SOCK_DGRAM, 0, "KCM", false, true);
FAMILY(alg, AF_ALG, SOCK_SEQPACKET, 0, "ALG", false, true);
FAMILY(vsock, AF_VSOCK, SOCK_STREAM, 0, "AF_VSOCK", false, true);

FIXTURE_SETUP(family)
{
	int domain = variant->domain == OF_SCOPE ? scope_family() :
						   variant->domain;

	ASSERT_EQ(0, path_open(&self->path, PATH_SCOPE0));
	ASSERT_EQ(0, genl_open(&self->genl));
	self->images = malloc(sizeof(*self->images));
	ASSERT_NE(NULL, self->images);
	self->fd = socket(domain, variant->type, variant->protocol);
	if (self->fd < 0 && variant->optional)
		SKIP(return, "this kernel has no such family");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(family)
{
	genl_close(&self->genl);
	free(self->images);
	close(self->fd);
}

TEST_F(family, chain)
{
	const struct image *file, *sock, *sk, *queue;
	struct stat st, netns;

	ASSERT_EQ(0, fstat(self->fd, &st));
	ASSERT_EQ(0, stat("/proc/thread-self/ns/net", &netns));
	ASSERT_LT(0, image_of_fd(&self->genl, self->fd, self->images));
	file = the(FILE);
	sock = the(SOCKET);
	sk = the(SOCK);
	queue = queue_of(RECEIVE);
	ASSERT_NE(NULL, file);
	ASSERT_NE(NULL, sock);
	ASSERT_NE(NULL, sk);
	ASSERT_NE(NULL, queue);
	EXPECT_STREQ("file", file->name);
	EXPECT_STREQ("socket", sock->name);
	EXPECT_STREQ(variant->domain == OF_SCOPE ? "scope_sock" : "sock",
		     sk->name);
	EXPECT_STREQ(variant->proto, sk->proto);
	EXPECT_EQ(st.st_ino, sock->inode);
	EXPECT_EQ(variant->domain == OF_SCOPE ? scope_family() :
						variant->domain, sk->family);
	EXPECT_EQ(netns.st_ino, sk->netns);

	EXPECT_EQ(file->size, file->length);
	EXPECT_EQ(sock->size, sock->length);
	EXPECT_EQ(sk->size, sk->length);
	EXPECT_LT(600, sk->size);
	EXPECT_EQ(!variant->guarded, sk->torn);
	EXPECT_FALSE(sock->torn);

	EXPECT_TRUE(points_to(file, sock));
	EXPECT_TRUE(points_to(sock, file));
	EXPECT_TRUE(points_to(sock, sk));
	EXPECT_TRUE(points_to(sk, sock));
	/* An empty list points to itself, and lies within the sock */
	EXPECT_TRUE(points_to(sk, queue));
	EXPECT_LT(sk->address, queue->address);
	EXPECT_GT(sk->address + sk->size, queue->address);
	EXPECT_EQ(0, queue->len);
	EXPECT_NE(NULL, queue_of(WRITE));
	EXPECT_NE(NULL, queue_of(ERROR));
	EXPECT_EQ(NULL, the(SKB));
}

/* A datagram's sk_buffs wait in the order they came, each with its end */
static void expect_queue(struct __test_metadata *_metadata,
			 const struct images *images, int len)
{
	const struct image *queue, *skb, *info, *last = NULL;
	int i;

	queue = image_find(images, SKBSCOPE_IMAGE_KIND_QUEUE,
			   SKBSCOPE_IMAGE_QUEUE_RECEIVE, 0);
	ASSERT_NE(NULL, queue);
	EXPECT_EQ(len, queue->len);
	EXPECT_EQ(len > IMAGE_MOST ? len - IMAGE_MOST : 0, queue->left_out);
	for (i = 0; i < len && i < IMAGE_MOST; i++) {
		skb = image_find(images, SKBSCOPE_IMAGE_KIND_SKB,
				 SKBSCOPE_IMAGE_QUEUE_RECEIVE, i);
		info = image_find(images, SKBSCOPE_IMAGE_KIND_SHARED_INFO,
				  SKBSCOPE_IMAGE_QUEUE_RECEIVE, i);
		ASSERT_NE(NULL, skb);
		ASSERT_NE(NULL, info);
		EXPECT_STREQ("sk_buff", skb->name);
		EXPECT_STREQ("skb_shared_info", info->name);
		EXPECT_EQ(i, skb->index);
		EXPECT_EQ(i, info->index);
		if (last) {
			EXPECT_TRUE(points_to(last, skb));
			EXPECT_TRUE(points_to(skb, last));
		} else {
			EXPECT_TRUE(points_to(skb, queue));
		}
		last = skb;
	}
	EXPECT_EQ(NULL, image_find(images, SKBSCOPE_IMAGE_KIND_SKB,
				   SKBSCOPE_IMAGE_QUEUE_RECEIVE, i));
}

TEST_F(image, queue_of_unix)
{
	int pair[2], i;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(1, send(pair[0], "x", 1, 0));
	ASSERT_LT(0, image_of_fd(&self->genl, pair[1], self->images));
	expect_queue(_metadata, self->images, 3);
	/* None of the family's: it has no number */
	EXPECT_EQ(~0ULL, nth_skb(RECEIVE, 0)->id);
}

/* What is too much is counted; the numbers are those of the other views */
TEST_F(image, queue_of_scope)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)self->genl.buffer;
	struct genl_attrs attrs, skb;
	const struct nlattr *attr;
	int tx = scope_socket(0);
	int rx = scope_socket(0);
	const void *end;
	int i, n = 0;

	ASSERT_EQ(0, scope_bind(rx, scope_local(SCOPE_RX_PORT)));
	for (i = 0; i < IMAGE_MOST + 6; i++)
		ASSERT_EQ(1, scope_sendto(tx, "x", 1, 0,
					  scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(IMAGE_MOST + 6, ledger_await(&self->genl,
					       SKBSCOPE_A_LEDGER_QUEUED,
					       IMAGE_MOST + 6));
	ASSERT_LT(0, image_of_cookie(&self->genl, ledger_cookie(rx),
				     self->images));
	expect_queue(_metadata, self->images, IMAGE_MOST + 6);

	ASSERT_EQ(0, ledger_socket(&self->genl, rx, &attrs));
	end = self->genl.buffer + nlh->nlmsg_len;
	attr = (void *)(self->genl.buffer + NLMSG_HDRLEN + GENL_HDRLEN);
	for (; genl_ok(attr, end); attr = genl_next(attr)) {
		if ((attr->nla_type & NLA_TYPE_MASK) !=
		    SKBSCOPE_A_SOCKET_RX_SKB)
			continue;
		genl_parse_nest(&skb, attr);
		EXPECT_EQ(genl_u64(&skb, SKBSCOPE_A_SKB_ID),
			  nth_skb(RECEIVE, n)->id);
		n++;
	}
	EXPECT_LT(0, n);
}

/* By its cookie it is the same as by its descriptor */
TEST_F(image, by_cookie)
{
	__u64 file, sock, sk;
	int fd = scope_socket(0);

	ASSERT_LT(0, image_of_fd(&self->genl, fd, self->images));
	file = the(FILE)->address;
	sock = the(SOCKET)->address;
	sk = the(SOCK)->address;
	ASSERT_LT(0, image_of_cookie(&self->genl, ledger_cookie(fd),
				     self->images));
	EXPECT_EQ(file, the(FILE)->address);
	EXPECT_EQ(sock, the(SOCKET)->address);
	EXPECT_EQ(sk, the(SOCK)->address);
}

static void first_cookie(const struct genl_attrs *attrs, void *arg)
{
	__u64 *last = arg;

	*last = genl_u64(attrs, SKBSCOPE_A_SOCKET_COOKIE);
}

/* A connection that nobody accepted has neither a file nor a struct socket */
TEST_F(image, without_a_socket)
{
	int listener = socket(scope_family(), SOCK_STREAM, 0);
	int fd = socket(scope_family(), SOCK_STREAM, 0);
	__u64 last = 0;

	ASSERT_EQ(0, scope_bind(listener, scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, scope_connect(fd, scope_local(SCOPE_RX_PORT)));
	ASSERT_EQ(POLLIN, scope_await(listener, POLLIN));
	/* The newest has the highest cookie */
	ASSERT_LT(0, genl_dump(&self->genl, SKBSCOPE_CMD_SOCKET_GET,
			       first_cookie, &last));
	ASSERT_NE(ledger_cookie(fd), last);
	ASSERT_LT(0, image_of_cookie(&self->genl, last, self->images));
	EXPECT_EQ(NULL, the(FILE));
	EXPECT_EQ(NULL, the(SOCKET));
	ASSERT_NE(NULL, the(SOCK));
	EXPECT_EQ(scope_family(), the(SOCK)->family);
	EXPECT_FALSE(the(SOCK)->torn);
	EXPECT_NE(NULL, queue_of(OUT_OF_ORDER));
	/* The listener as well */
	EXPECT_LT(0, image_of_fd(&self->genl, listener, self->images));
}

/* A descriptor leads into any namespace, a cookie only into one's own */
TEST_F(image, another_netns)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int scope = scope_socket(0);
	struct stat here, there;

	ASSERT_EQ(0, stat("/proc/thread-self/ns/net", &there));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, stat("/proc/thread-self/ns/net", &here));
	ASSERT_NE(here.st_ino, there.st_ino);
	genl_close(&self->genl);
	ASSERT_EQ(0, genl_open(&self->genl));
	ASSERT_LT(0, image_of_fd(&self->genl, fd, self->images));
	EXPECT_EQ(there.st_ino, the(SOCK)->netns);
	ASSERT_LT(0, image_of_fd(&self->genl, scope, self->images));
	EXPECT_EQ(there.st_ino, the(SOCK)->netns);
	EXPECT_EQ(-ENOENT, image_of_cookie(&self->genl, ledger_cookie(scope),
					   self->images));
}

/* The socket that asks is one, too */
TEST_F(image, of_the_asker)
{
	ASSERT_LT(0, image_of_fd(&self->genl, self->genl.fd, self->images));
	ASSERT_NE(NULL, the(SOCK));
	EXPECT_EQ(AF_NETLINK, the(SOCK)->family);
	EXPECT_TRUE(points_to(the(FILE), the(SOCKET)));
}

/* A dump that nobody reads to its end is let go with the socket */
TEST_F(image, unfinished)
{
	int i, fd = scope_socket(0);

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, genl_send(&self->genl, self->genl.family,
				       SKBSCOPE_CMD_IMAGE_GET, NLM_F_DUMP,
				       SKBSCOPE_A_IMAGE_FD, &fd, sizeof(fd)));
		genl_close(&self->genl);
		ASSERT_EQ(0, genl_open(&self->genl));
	}
	EXPECT_LT(0, image_of_fd(&self->genl, fd, self->images));
}

static int tcp_pair(int pair[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(addr);

	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&addr, len) ||
	    listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) ||
	    connect(pair[0], (struct sockaddr *)&addr, len))
		return -errno;
	pair[1] = accept(listener, NULL, NULL);
	close(listener);
	return pair[1] < 0 ? -errno : 0;
}

/* What was sent to nobody who reads is on the queues of both ends */
TEST_F(image, queues_of_tcp)
{
	int pair[2];

	ASSERT_EQ(0, tcp_pair(pair));
	ASSERT_EQ(5, send(pair[0], "hello", 5, 0));
	ASSERT_EQ(POLLIN, scope_await(pair[1], POLLIN));
	ASSERT_LT(0, image_of_fd(&self->genl, pair[1], self->images));
	expect_queue(_metadata, self->images, 1);
	EXPECT_NE(NULL, queue_of(RETRANSMIT));
	EXPECT_NE(NULL, queue_of(OUT_OF_ORDER));
}

#define DATAGRAMS	24
#define FRAGMENTS	3	/* of each */

/* A datagram of UDP that came in pieces of IP's: the first one has the others */
TEST_F(image, frag_list)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct ifreq ifr = { .ifr_name = "lo", .ifr_mtu = 1500 };
	int i, fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(addr);
	const struct image *skb, *last = NULL, *last_info = NULL;
	static char text[4000];

	ASSERT_EQ(0, ioctl(fd, SIOCSIFMTU, &ifr));
	ASSERT_EQ(0, bind(fd, (struct sockaddr *)&addr, len));
	ASSERT_EQ(0, getsockname(fd, (struct sockaddr *)&addr, &len));
	for (i = 0; i < DATAGRAMS; i++)
		ASSERT_EQ(sizeof(text), sendto(fd, text, sizeof(text), 0,
					       (struct sockaddr *)&addr, len));
	/* Who polls has them moved to the reader's queue */
	for (i = 0; i < SCOPE_PATIENCE; i++) {
		ASSERT_LT(0, image_of_fd(&self->genl, fd, self->images));
		if (queue_of(RECEIVE)->len == DATAGRAMS)
			break;
		usleep(1000);
	}
	EXPECT_EQ(DATAGRAMS, queue_of(RECEIVE)->len);
	/* 64 sk_buffs have an image: 21 datagrams, and the head of one more */
	EXPECT_EQ(DATAGRAMS - 22, queue_of(RECEIVE)->left_out);
	for (i = 0; i < 22 * FRAGMENTS - 2; i++) {
		skb = nth_skb(RECEIVE, i);
		ASSERT_NE(NULL, skb);
		EXPECT_EQ(i / FRAGMENTS, skb->index);
		EXPECT_EQ(i % FRAGMENTS, skb->frag);
		EXPECT_EQ(i % FRAGMENTS, nth_info(RECEIVE, i)->frag);
		EXPECT_EQ(skb->frag ? 0 : FRAGMENTS - 1, skb->len);
		EXPECT_EQ(i == 21 * FRAGMENTS ? FRAGMENTS - 1 : 0,
			  skb->left_out);
		if (skb->frag)
			EXPECT_TRUE(points_to(skb->frag == 1 ? last_info : last,
					      skb));
		last = skb;
		last_info = nth_info(RECEIVE, i);
	}
	EXPECT_EQ(NULL, nth_skb(RECEIVE, i));
	close(fd);
}

/* A page that nobody fills: who writes to it sleeps until the process ends */
static void *page_to_sleep_on(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range.len = 4096,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	void *page;
	int fd;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (page == MAP_FAILED || fd < 0 || ioctl(fd, UFFDIO_API, &api))
		return NULL;
	reg.range.start = (unsigned long)page;
	return ioctl(fd, UFFDIO_REGISTER, &reg) ? NULL : page;
}

/* Has a task entered the fault of its page? */
static bool sleeps_on_page(pid_t pid)
{
	char name[64], text[4096];
	ssize_t len;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stack", pid);
	fd = open(name, O_RDONLY);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return false;
	text[len] = '\0';
	return strstr(text, "handle_userfault");
}

/*
 * Who owns the lock of a socket for as long as he likes is not waited for:
 * what is his to change is torn, or not looked at
 */
TEST_F(image, owned_by_a_sleeper)
{
	int i, pair[2], status;
	pid_t pid;

	ASSERT_EQ(0, tcp_pair(pair));
	ASSERT_EQ(5, send(pair[0], "hello", 5, 0));
	ASSERT_EQ(POLLIN, scope_await(pair[1], POLLIN));
	pid = fork();
	if (!pid) {
		void *page = page_to_sleep_on();

		if (!page)
			_exit(KSFT_SKIP);
		recv(pair[1], page, 4096, 0);
		_exit(KSFT_FAIL);
	}
	ASSERT_LT(0, pid);
	for (i = 0; i < SCOPE_PATIENCE && !sleeps_on_page(pid); i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			ASSERT_EQ(KSFT_SKIP, WEXITSTATUS(status));
			SKIP(return, "this kernel has no userfaultfd");
		}
		usleep(1000);
	}
	ASSERT_TRUE(sleeps_on_page(pid));
	ASSERT_EQ(4, send(pair[0], "more", 4, 0));

	ASSERT_LT(0, image_of_fd(&self->genl, pair[1], self->images));
	EXPECT_TRUE(the(SOCKET)->torn);
	EXPECT_TRUE(the(SOCK)->torn);
	EXPECT_EQ(the(SOCK)->size, the(SOCK)->length);
	EXPECT_EQ(1, queue_of(RECEIVE)->len);
	EXPECT_EQ(1, queue_of(RECEIVE)->left_out);
	EXPECT_EQ(NULL, nth_skb(RECEIVE, 0));
	/* What came since, and came again, he is to find behind his call */
	EXPECT_LE(1, queue_of(BACKLOG)->len);
	EXPECT_EQ(0, queue_of(BACKLOG)->left_out);
	EXPECT_NE(NULL, nth_skb(BACKLOG, queue_of(BACKLOG)->len - 1));
	EXPECT_FALSE(queue_of(BACKLOG)->torn);
	ASSERT_NE(NULL, nth_skb(BACKLOG, 0));
	EXPECT_TRUE(points_to(the(SOCK), nth_skb(BACKLOG, 0)));

	/* The other end nobody owns */
	ASSERT_LT(0, image_of_fd(&self->genl, pair[0], self->images));
	EXPECT_FALSE(the(SOCK)->torn);
	EXPECT_EQ(0, queue_of(BACKLOG)->len);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_HARNESS_MAIN
