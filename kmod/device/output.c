// SPDX-License-Identifier: GPL-2.0
/*
 * device/output.c - from the protocol to a device's queue
 *
 * Place: stations device.queue and, for other devices than scope0, the way to
 * device.xmit, which lies behind the qdisc in the kernel's own code. Called by
 * the protocol layer in process context or softirq, with @skb->dev kept by the
 * caller; takes the qdisc's locks inside dev_queue_xmit().
 */
#include <linux/if_arp.h>

#include "../observe/identity.h"
#include "../observe/station.h"

/**
 * scope_dev_carries() - can a device carry the family?
 * @sn: the namespace's data
 * @dev: the device
 *
 * Return: true for scope0 and for what has Ethernet's header.
 */
bool scope_dev_carries(const struct scope_net *sn, const struct net_device *dev)
{
	return dev == sn->dev ||
	       (dev->type == ARPHRD_ETHER && dev->addr_len == ETH_ALEN);
}

/**
 * scope_dev_is_bound() - may a socket use a device?
 * @sk: the socket
 * @dev: the device
 *
 * Return: false where SO_BINDTODEVICE names another one.
 */
bool scope_dev_is_bound(const struct sock *sk, const struct net_device *dev)
{
	int bound = READ_ONCE(sk->sk_bound_dev_if);

	return !bound || bound == dev->ifindex;
}

/**
 * scope_dev_get() - the device an address names
 * @sn: the namespace's data
 * @ifindex: 0 for scope0
 *
 * Context: process or softirq.
 *
 * Return: scope0 or an Ethernet device, for scope_dev_put(); NULL for none
 * such.
 */
struct net_device *scope_dev_get(struct scope_net *sn, u32 ifindex)
{
	struct net_device *dev;

	/* scope0 lives as long as the namespace: nothing to hold */
	if (!ifindex || ifindex == sn->dev->ifindex)
		return sn->dev;
	if (ifindex > INT_MAX)
		return NULL;
	dev = dev_get_by_index(sn->net, ifindex);
	if (dev && !scope_dev_carries(sn, dev)) {
		dev_put(dev);
		dev = NULL;
	}
	return dev;
}

/**
 * scope_dev_put() - give back what scope_dev_get() gave
 * @sn: the namespace's data
 * @dev: the device
 */
void scope_dev_put(struct scope_net *sn, struct net_device *dev)
{
	if (dev != sn->dev)
		dev_put(dev);
}

/**
 * scope_dev_ifindex() - a device's index as addresses have it
 * @sn: the namespace's data
 * @dev: the device
 *
 * Return: 0 for scope0.
 */
u32 scope_dev_ifindex(const struct scope_net *sn, const struct net_device *dev)
{
	return dev == sn->dev ? 0 : dev->ifindex;
}

/**
 * scope_dev_is_self() - does a link address mean this node?
 * @sn: the namespace's data
 * @dev: the device it is on
 * @link: the address, zero padded
 *
 * Return: true for all zero and for the device's own.
 */
bool scope_dev_is_self(const struct scope_net *sn, const struct net_device *dev,
		       const u8 *link)
{
	return !memchr_inv(link, 0, SCOPE_ADDR_LEN) ||
	       (dev != sn->dev && ether_addr_equal(link, dev->dev_addr));
}

/*
 * This node, by another device than scope0: as IP does for its own addresses,
 * the frame turns round in front of the device, which never sees it.
 */
static int scope_dev_loop(struct scope_net *sn, struct sock *sk,
			  struct sk_buff *skb)
{
	scope_identity_stow(skb);
	__skb_pull(skb, skb_network_offset(skb));
	skb->pkt_type = PACKET_LOOPBACK;
	return netif_rx(skb) == NET_RX_SUCCESS ? 0 : -ENOBUFS;
}

static __always_inline int
scope_dev_xmit(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	int rc;

	if (skb->dev != sn->dev && !scope_skb_cb(skb)->control) {
		scope_count(sn, SCOPE_COUNT_HANDED);
		scope_skb_cb(skb)->handed = true;
	}
	scope_identity_stow(skb);
	rc = dev_queue_xmit(skb);
	return rc > 0 ? net_xmit_errno(rc) : rc;
}

/**
 * scope_dev_queue() - put the link header on and queue to the device
 * @sn: the namespace's data
 * @sk: the sender, or NULL for the protocol itself
 * @skb: consumed; @skb->dev and the destination in its cb are set
 *
 * Context: process or softirq.
 *
 * Return: 0 or a negative errno, -ENOBUFS where the qdisc dropped it.
 */
int scope_dev_queue(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	const u8 *link = scope_skb_cb(skb)->peer.link;
	struct net_device *dev = skb->dev;
	bool self = dev != sn->dev && scope_dev_is_self(sn, dev, link);

	skb->protocol = htons(ETH_P_SCOPE);
	if (dev_hard_header(skb, dev, ETH_P_SCOPE, self ? dev->dev_addr : link,
			    NULL, skb->len) < 0) {
		if (sk)
			atomic_long_inc(&scope_sk(sk)->tx_dropped);
		scope_drop(sn, sk, skb, SKB_DROP_REASON_DEV_HDR);
		return -EINVAL;
	}
	skb_reset_mac_header(skb);
	return scope_pass(sn, SCOPE_STATION_DEVICE_QUEUE, sk, skb, NULL,
			  self ? scope_dev_loop : scope_dev_xmit);
}
