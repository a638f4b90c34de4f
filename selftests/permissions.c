// SPDX-License-Identifier: GPL-2.0
/*
 * permissions.c - proves the list in permissions.h: each operation is tried by
 * a plain user, by one with a single capability, by one who made himself root
 * of a user namespace, with and without a network namespace in it, and by root
 *
 * Under a lockdown, of which test_lockdown.sh makes one, the list says what is
 * refused beside that. The numbers of the tracepoints are then in SCOPE_TRACE_ID
 * and SCOPE_IMAGE_ID: the files that tell them cannot be read any more.
 * perf_event_paranoid is at 2, the kernel's own choice, for the time of a test;
 * Debian's is stricter.
 *
 * Test-timeout: 300
 */
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "ledger.h"
#include "path.h"
#include "permissions.h"
#include "rule.h"

#define NOBODYS_ID	65534
#define TRACEPOINTS	"/sys/kernel/tracing/events/skbscope/"
#define DEBUGFS		"/sys/kernel/debug/skbscope/"
#define PARANOID	"/proc/sys/kernel/perf_event_paranoid"
#define PARAMETERS	"/sys/module/skbscope/parameters/"

/**
 * struct place - where an operation is tried, and on what
 * @path: a namespace of its own, which has a cable where one is needed
 * @fd: a socket there
 * @here: its cookie
 * @elsewhere: cookie of a socket in another namespace
 * @netns: number of that namespace
 * @sock: debugfs' file of that socket, opened by root, or -1
 * @module: the module's file
 * @trace_id: number of the tracepoint of stations
 * @image_id: and of that of images
 */
struct place {
	struct path	path;
	int		fd;
	__u64		here;
	__u64		elsewhere;
	__u32		netns;
	int		sock;
	int		module;
	int		trace_id;
	int		image_id;
};

FIXTURE(permission) {
	struct place place;
	enum permission_lockdown lockdown;
	int paranoid;
};

/**
 * struct who - somebody who tries
 * @cap: the only capability there is, or NOTHING or ROOT
 * @userns: makes a user namespace
 * @netns: and a network namespace in it
 */
struct who {
	int	cap;
	bool	userns;
	bool	netns;
};

FIXTURE_VARIANT(permission) {
	struct who who;
};

FIXTURE_VARIANT_ADD(permission, user) { { NOTHING } };
FIXTURE_VARIANT_ADD(permission, net_bind_service) { { CAP_NET_BIND_SERVICE } };
FIXTURE_VARIANT_ADD(permission, net_raw) { { CAP_NET_RAW } };
FIXTURE_VARIANT_ADD(permission, net_admin) { { CAP_NET_ADMIN } };
FIXTURE_VARIANT_ADD(permission, perfmon) { { CAP_PERFMON } };
FIXTURE_VARIANT_ADD(permission, syslog) { { CAP_SYSLOG } };
FIXTURE_VARIANT_ADD(permission, sys_admin) { { CAP_SYS_ADMIN } };
FIXTURE_VARIANT_ADD(permission, sys_module) { { CAP_SYS_MODULE } };
FIXTURE_VARIANT_ADD(permission, userns) { { NOTHING, true } };
FIXTURE_VARIANT_ADD(permission, userns_and_netns) { { NOTHING, true, true } };
FIXTURE_VARIANT_ADD(permission, root) { { ROOT } };

static enum permission_lockdown lockdown_level(void)
{
	char text[64] = "";
	int fd = open("/sys/kernel/security/lockdown", O_RDONLY);

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	return strstr(text, "[confidentiality]") ? CONFIDENTIALITY :
	       strstr(text, "[integrity]") ? INTEGRITY : LOCKDOWN_NONE;
}

static int open_module(void)
{
	char name[256];
	struct utsname uts;

	if (uname(&uts))
		return -1;
	snprintf(name, sizeof(name), ".build/%s/skbscope.ko", uts.release);
	return open(name, O_RDONLY);
}

/* 0 where it can't be read */
static int read_number(const char *name)
{
	char text[16] = "";
	int fd = open(name, O_RDONLY);

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	return atoi(text);
}

static int write_number(const char *name, int number)
{
	int fd = open(name, O_WRONLY);

	if (fd < 0)
		return -1;
	dprintf(fd, "%d", number);
	return close(fd);
}

static int trace_id(const char *variable, const char *file)
{
	const char *known = getenv(variable);

	return known ? atoi(known) : read_number(file);
}

FIXTURE_SETUP(permission)
{
	struct place *place = &self->place;
	char name[128];
	struct stat st;

	self->lockdown = lockdown_level();
	place->fd = scope_socket(0);
	ASSERT_LE(0, place->fd);
	place->elsewhere = ledger_cookie(place->fd);
	ASSERT_EQ(0, stat("/proc/thread-self/ns/net", &st));
	place->netns = st.st_ino;
	snprintf(name, sizeof(name), DEBUGFS "sockets/%llu/sock",
		 (unsigned long long)place->elsewhere);
	place->sock = open(name, O_RDONLY);
	ASSERT_LE(0, place->sock);
	place->module = open_module();
	ASSERT_LE(0, place->module);
	place->trace_id = trace_id("SCOPE_TRACE_ID", TRACEPOINTS "station/id");
	ASSERT_LT(0, place->trace_id);
	place->image_id = trace_id("SCOPE_IMAGE_ID", TRACEPOINTS "image/id");
	ASSERT_LT(0, place->image_id);
	self->paranoid = read_number(PARANOID);
	ASSERT_EQ(0, write_number(PARANOID, 2));
}

/* By the parent, who is root still */
FIXTURE_TEARDOWN_PARENT(permission)
{
	write_number(PARANOID, self->paranoid);
}

static int move(struct place *place, bool wire)
{
	if (path_open(&place->path, wire ? PATH_VETH : PATH_SCOPE0))
		return -1;
	place->fd = scope_socket(0);
	if (place->fd < 0)
		return -1;
	place->here = ledger_cookie(place->fd);
	return 0;
}

/* A user who is nobody, with one capability or none */
static int become_nobody(int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) ||
	    setresgid(NOBODYS_ID, NOBODYS_ID, NOBODYS_ID) ||
	    setresuid(NOBODYS_ID, NOBODYS_ID, NOBODYS_ID))
		return -1;
	if (cap != NOTHING) {
		data[CAP_TO_INDEX(cap)].effective = CAP_TO_MASK(cap);
		data[CAP_TO_INDEX(cap)].permitted = CAP_TO_MASK(cap);
	}
	return syscall(SYS_capset, &header, data);
}

static int become(struct place *place, bool wire,
		  const struct who *who)
{
	if (!who->netns && move(place, wire))
		return -1;
	if (who->cap == ROOT)
		return 0;
	if (become_nobody(who->cap) ||
	    (who->userns && unshare(CLONE_NEWUSER)))
		return -1;
	return who->netns ? move(place, wire) : 0;
}

static int expected(int need, enum permission_own own, int refusal,
		    enum permission_lockdown refused,
		    enum permission_lockdown lockdown,
		    const struct who *who)
{
	bool may = who->cap == ROOT;

	if (need == NOTHING)
		may = true;
	else if (need == NOBODY)
		may = false;
	else if (who->netns)
		may = own == OWN_YES;
	else if (need == CAP_PERFMON && who->cap == CAP_SYS_ADMIN)
		may = true;	/* which it was once part of */
	else if (need != ROOT)
		may |= who->cap == need;
	if (!may)
		return refusal;
	return lockdown >= refused ? EPERM : 0;
}

/* 0 or the errno of opening it; it is closed again */
static int opened(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int open_socket(const struct place *place)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	int i, err = 0, pair[2];

	for (i = 0; i < ARRAY_SIZE(types) && !err; i++) {
		err = opened(socket(scope_family(), types[i], 0)) ?:
		      errno_of(socketpair(scope_family(), types[i], 0, pair));
	}
	return err;
}

static int open_raw(const struct place *place)
{
	return opened(socket(scope_family(), SOCK_RAW, 0));
}

static int bind_port(const struct place *place)
{
	return errno_of(scope_bind(scope_socket(0),
				   scope_local(SCOPE_PORT_RESERVED))) ?:
	       errno_of(scope_bind(scope_socket(0), scope_local(0)));
}

static int bind_low_port(const struct place *place)
{
	return errno_of(scope_bind(place->fd,
				   scope_local(SCOPE_PORT_RESERVED - 1)));
}

static int send_link(const struct place *place)
{
	static const unsigned char group[6] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	const struct sockaddr_scope everybody =
		scope_addr(SCOPE_RX_PORT, place->path.ifindex[0], group);

	return errno_of(scope_sendto(place->fd, "x", 1, 0,
				     path_to(&place->path, 1,
					     SCOPE_RX_PORT))) ?:
	       errno_of(scope_setsockopt_int(place->fd, SO_BROADCAST, 1)) ?:
	       errno_of(scope_sendto(place->fd, "x", 1, 0, everybody));
}

static int bind_to(int fd, const char *dev)
{
	return errno_of(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev,
				   strlen(dev) + 1));
}

static int bind_device(const struct place *place)
{
	return bind_to(place->fd, SCOPE_DEV_NAME);
}

static int rebind_device(const struct place *place)
{
	bind_to(place->fd, SCOPE_DEV_NAME);
	return bind_to(place->fd, "lo");
}

static int force_memory(const struct place *place)
{
	return errno_of(scope_setsockopt_int(place->fd, SO_RCVBUFFORCE,
					     1 << 26));
}

static int change_device(const struct place *place)
{
	struct ifreq ifr = { .ifr_mtu = 1000 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), SCOPE_DEV_NAME);
	if (ioctl(place->fd, SIOCSIFMTU, &ifr))
		return errno;
	ifr.ifr_flags = 0;
	return errno_of(ioctl(place->fd, SIOCSIFFLAGS, &ifr));
}

static int read_proc(const struct place *place)
{
	char text[16384], cookie[32];
	int fd = open("/proc/net/scope", O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return errno;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return errno;
	text[len] = '\0';
	snprintf(cookie, sizeof(cookie), "\n%llu ",
		 (unsigned long long)place->here);
	return strstr(text, cookie) ? 0 : ESRCH;
}

static void dumped(const struct genl_attrs *attrs, void *arg)
{
}

/* 0, or the errno of a dump; ESRCH if it gives nothing */
static int dump(struct genl *genl, int cmd)
{
	int answers = genl_dump(genl, cmd, dumped, NULL);

	return answers > 0 ? 0 : answers ? -answers : ESRCH;
}

static int ask_netlink(const struct place *place)
{
	struct genl_attrs attrs;
	struct genl genl;

	return -genl_open(&genl) ?:
	       -genl_get(&genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0, &attrs) ?:
	       -genl_get(&genl, SKBSCOPE_CMD_SOCKET_GET,
			 SKBSCOPE_A_SOCKET_COOKIE, &place->here, 8, &attrs) ?:
	       dump(&genl, SKBSCOPE_CMD_SOCKET_GET) ?:
	       dump(&genl, SKBSCOPE_CMD_STATION_GET) ?:
	       -genl_get(&genl, SKBSCOPE_CMD_LEDGER_GET, 0, NULL, 0, &attrs);
}

static int hear_notices(const struct place *place)
{
	struct genl genl;

	return -genl_open(&genl) ?:
	       errno_of(setsockopt(genl.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				   &genl.group, sizeof(genl.group))) ?:
	       opened(scope_socket(0)) ?:
	       errno_of(recv(genl.fd, genl.buffer, sizeof(genl.buffer), 0));
}

static int ask_other_socket(const struct place *place)
{
	struct genl_attrs attrs;
	struct genl genl;

	return -genl_open(&genl) ?:
	       -genl_get(&genl, SKBSCOPE_CMD_SOCKET_GET,
			 SKBSCOPE_A_SOCKET_COOKIE, &place->elsewhere, 8,
			 &attrs);
}

static int ask_other_ledger(const struct place *place)
{
	struct genl_attrs attrs;
	struct genl genl;

	return -genl_open(&genl) ?:
	       -genl_get(&genl, SKBSCOPE_CMD_LEDGER_GET,
			 SKBSCOPE_A_LEDGER_NETNS, &place->netns, 4, &attrs);
}

static int take_images(const struct place *place)
{
	struct genl genl;
	int err;

	err = -genl_open(&genl);
	if (err)
		return err;
	err = genl_dump_of(&genl, SKBSCOPE_CMD_IMAGE_GET, SKBSCOPE_A_IMAGE_FD,
			   &place->fd, sizeof(place->fd), dumped, NULL);
	return err > 0 ? 0 : err ? -err : ESRCH;
}

static int filter_frames(const struct place *place)
{
	const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 1);
	struct genl_attrs attrs;
	struct genl genl;

	return -genl_open(&genl) ?:
	       -genl_get(&genl, SKBSCOPE_CMD_FRAME_FILTER,
			 SKBSCOPE_A_FRAME_PROGRAM, &all, sizeof(all), &attrs);
}

/* @ifindex: of a device that the rule is for alone, or 0 */
static int hold_at(__u32 stations, int ifindex)
{
	struct genl_request req;
	struct genl genl;
	int rule, err;

	err = -genl_open(&genl);
	if (err)
		return err;
	rule_begin(&genl, &req, SKBSCOPE_ACTION_HOLD, stations);
	if (ifindex)
		genl_put_u32(&req, SKBSCOPE_A_RULE_IFINDEX, ifindex);
	rule = rule_end(&genl, &req);
	genl_close(&genl);
	return rule < 0 ? -rule : 0;
}

static int add_rule(const struct place *place)
{
	return hold_at(STATION_BIT(PROTOCOL_CLONE), 0);
}

/* For a device that there is not yet: none is patched now */
static int patch_driver(const struct place *place)
{
	return hold_at(STATION_BIT(DEVICE_XMIT), INT_MAX);
}

/* There is no such stay, which only who may is told */
static int give_verdict(const struct place *place)
{
	struct genl genl;
	int err;

	err = genl_open(&genl) ?:
	      genl_dump(&genl, SKBSCOPE_CMD_HELD_GET, dumped, NULL);
	if (err < 0)
		return -err;
	err = verdict(&genl, 1, SKBSCOPE_VERDICT_CONTINUE);
	return err == -ENOENT ? 0 : -err;
}

static int read_debugfs(const struct place *place)
{
	char name[128], text[4096];
	int fd;

	snprintf(name, sizeof(name), DEBUGFS "sockets/%llu/sock",
		 (unsigned long long)place->elsewhere);
	fd = open(name, O_RDONLY);
	return fd < 0 ? errno : errno_of(read(fd, text, sizeof(text)));
}

/* A kernel that looks for faults of slabs does not: an own socket's is there */
static bool hashes_addresses(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	FILE *file = fopen("/proc/net/unix", "r");
	char line[256] = "";

	/* the second line is the first socket's */
	if (file && fgets(line, sizeof(line), file) &&
	    !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	close(fd);
	return line[0] != 'f';
}

/*
 * By a file that root opened: what it says must not depend on who reads. All
 * addresses of a 64-bit kernel begin with ones, a hash of one with zeros, and
 * what is there before the hash has its key with none. Where the kernel shows
 * all of them, by its own choice, this one is no exception.
 */
static int see_address(const struct place *place)
{
	char text[4096];
	const char *at;
	ssize_t len;

	len = read(place->sock, text, sizeof(text) - 1);
	if (len < 0)
		return errno;
	text[len] = '\0';
	at = strstr(text, "\naddress ");
	if (at)
		at += strspn(at, "\naddress ");
	return at && (*at != 'f' || !hashes_addresses()) ? EPERM : 0;
}

static int watch_tracefs(const struct place *place)
{
	int fd = open(TRACEPOINTS "station/enable", O_WRONLY);

	if (fd < 0)
		return errno;
	return errno_of(write(fd, "1", 1)) ?: errno_of(write(fd, "0", 1));
}

static int watch_perf(const struct place *place)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = place->trace_id,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
	};

	return opened(syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0));
}

/* For oneself, what happens outside of the kernel: where no tracepoint is */
static int switch_on(int id)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
		.exclude_kernel = 1,
	};
	struct genl_attrs attrs;
	struct genl genl;
	int fd, err;

	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (fd < 0)
		return errno;
	err = -genl_open(&genl) ?:
	      -genl_get(&genl, SKBSCOPE_CMD_INFO_GET, 0, NULL, 0, &attrs);
	close(fd);
	return err ?: genl_u32(&attrs, SKBSCOPE_A_INFO_WATCHERS) ? 0 : ESRCH;
}

static int switch_perf(const struct place *place)
{
	return switch_on(place->trace_id);
}

/* Not even so: who has it on is one of those who may read it */
static int switch_images(const struct place *place)
{
	return switch_on(place->image_id);
}

static int set_to_itself(const char *parameter)
{
	char value[16];
	ssize_t len;
	int fd = open(parameter, O_RDWR);

	if (fd < 0)
		return errno;
	len = read(fd, value, sizeof(value));
	return len < 0 ? errno : errno_of(pwrite(fd, value, len, 0));
}

static int choose_octets(const struct place *place)
{
	return set_to_itself(PARAMETERS "image_octets");
}

static int set_parameter(const struct place *place)
{
	return set_to_itself(PARAMETERS "debugfs_sockets");
}

static int load_module(const struct place *place)
{
	int err = errno_of(syscall(SYS_finit_module, place->module, "", 0));

	/* It is loaded already, and that is asked last */
	return err == EEXIST ? 0 : err;
}

#define PERMISSION_TEST(name, what, need, own, refusal, refused)	\
TEST_F(permission, name)						\
{									\
	const struct who *who = &variant->who;				\
									\
	ASSERT_EQ(0, become(&self->place, name == send_link, who));	\
	EXPECT_EQ(expected(need, own, refusal, refused, self->lockdown,	\
			   who), name(&self->place));			\
}

PERMISSIONS(PERMISSION_TEST)

TEST_HARNESS_MAIN
