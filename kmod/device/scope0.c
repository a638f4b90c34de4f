// SPDX-License-Identifier: GPL-2.0
/*
 * scope0.c - the device every namespace has one of
 *
 * Place: station device.xmit, and the wire that leads to device.receive. The
 * driver's transmit puts a frame on a ring, and NAPI takes it off, as with a
 * card whose cable ends in its own socket. So a qdisc, tc, tcpdump and ip see
 * a device like any other. Frames stay in order whatever CPU they come from,
 * and stay charged to their sender until the protocol receives them.
 *
 * scope0_xmit() is called by the network core with softirqs off, scope0_poll()
 * in softirq, open and stop under RTNL. The ring's own lock is the only one
 * taken.
 */
#include <linux/ethtool.h>
#include <net/addrconf.h>

#include "../observe/identity.h"
#include "../observe/station.h"

#define SCOPE0_MTU	65535
/*
 * Frames on the ring before it is full and drops what strangers send. What a
 * socket sent is bounded by its send buffer, and what the protocol sent by the
 * sockets there are: of those nothing is dropped.
 */
#define SCOPE0_RING	4096

/**
 * struct scope0 - private part of the device
 * @sn: the namespace's data
 * @napi: takes frames off @ring
 * @ring: frames sent and not yet received
 */
struct scope0 {
	struct scope_net	*sn;
	struct napi_struct	napi;
	struct sk_buff_head	ring;
};

static void scope0_drop(struct scope_net *sn, struct sk_buff *skb, u32 reason)
{
	struct sock *sk = scope_identity_owner(skb);

	DEV_STATS_INC(sn->dev, tx_dropped);
	if (sk)
		atomic_long_inc(&scope_sk(sk)->tx_dropped);
	else if (!scope_skb_cb(skb)->control)
		/* A stranger enters the books to be dropped from them */
		scope_count(sn, SCOPE_COUNT_ENTERED);
	scope_drop(sn, sk, skb, reason);
}

static bool scope0_is_ours(const struct sk_buff *skb)
{
	return ((struct ethhdr *)skb->data)->h_proto == htons(ETH_P_SCOPE);
}

/* Behind device.xmit: onto the wire */
static __always_inline int
scope0_wire(struct scope_net *sn, struct sock *sk, struct sk_buff *skb)
{
	struct scope0 *priv = netdev_priv(sn->dev);

	/* A rule may have made something else of it, which nobody would receive */
	if (!scope0_is_ours(skb)) {
		scope0_drop(sn, skb, SCOPE_DROP_NOT_OURS);
		return 0;
	}
	if (skb_queue_len_lockless(&priv->ring) >= SCOPE0_RING &&
	    !sk && !scope_skb_cb(skb)->control) {
		scope0_drop(sn, skb, SKB_DROP_REASON_FULL_RING);
		return -ENOBUFS;
	}
	scope_identity_stow(skb);
	skb_tx_timestamp(skb);
	skb_queue_tail(&priv->ring, skb);
	napi_schedule(&priv->napi);
	return 0;
}

static netdev_tx_t scope0_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct scope0 *priv = netdev_priv(dev);
	bool ours = scope_identity_fetch(skb);

	if (!ours)
		scope_identity_adopt(skb);
	/* A packet socket may say one protocol and write another in the frame */
	if (!pskb_may_pull(skb, ETH_HLEN))
		scope0_drop(priv->sn, skb, SKB_DROP_REASON_HDR_TRUNC);
	else if (!scope0_is_ours(skb))
		scope0_drop(priv->sn, skb, SCOPE_DROP_NOT_OURS);
	else
		scope_pass(priv->sn, SCOPE_STATION_DEVICE_XMIT,
			   scope_identity_owner(skb), skb, NULL, scope0_wire);
	return NETDEV_TX_OK;
}

static int scope0_poll(struct napi_struct *napi, int budget)
{
	struct scope0 *priv = container_of(napi, struct scope0, napi);
	struct net_device *dev = priv->sn->dev;
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = skb_dequeue(&priv->ring))) {
		dev_lstats_add(dev, skb->len);
		skb->protocol = eth_type_trans(skb, dev);
		netif_receive_skb(skb);
		done++;
	}
	/* A frame put on the ring meanwhile has napi_complete_done() go on */
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

static int scope0_open(struct net_device *dev)
{
	struct scope0 *priv = netdev_priv(dev);

	napi_enable(&priv->napi);
	netif_start_queue(dev);
	return 0;
}

static int scope0_stop(struct net_device *dev)
{
	struct scope0 *priv = netdev_priv(dev);
	struct sk_buff *skb;

	netif_stop_queue(dev);
	napi_disable(&priv->napi);
	local_bh_disable();
	while ((skb = skb_dequeue(&priv->ring)))
		scope0_drop(priv->sn, skb, SCOPE_DROP_DEV_DOWN);
	local_bh_enable();
	return 0;
}

static int scope0_dev_init(struct net_device *dev)
{
	dev->lstats = netdev_alloc_pcpu_stats(struct pcpu_lstats);
	return dev->lstats ? 0 : -ENOMEM;
}

static void scope0_dev_uninit(struct net_device *dev)
{
	free_percpu(dev->lstats);
}

static void scope0_get_stats64(struct net_device *dev,
			       struct rtnl_link_stats64 *stats)
{
	u64 packets, bytes;

	netdev_stats_to_stats64(stats, &dev->stats);
	/* What is sent is received: one count serves both */
	dev_lstats_read(dev, &packets, &bytes);
	stats->rx_packets = packets;
	stats->tx_packets = packets;
	stats->rx_bytes = bytes;
	stats->tx_bytes = bytes;
}

static const struct net_device_ops scope0_ops = {
	.ndo_init		= scope0_dev_init,
	.ndo_uninit		= scope0_dev_uninit,
	.ndo_open		= scope0_open,
	.ndo_stop		= scope0_stop,
	.ndo_start_xmit		= scope0_xmit,
	.ndo_get_stats64	= scope0_get_stats64,
};

static void scope0_get_drvinfo(struct net_device *dev,
			       struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
}

static const struct ethtool_ops scope0_ethtool_ops = {
	.get_drvinfo	= scope0_get_drvinfo,
	.get_link	= ethtool_op_get_link,
	.get_ts_info	= ethtool_op_get_ts_info,
};

static void scope0_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &scope0_ops;
	dev->ethtool_ops = &scope0_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->mtu = SCOPE0_MTU;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = SCOPE0_MTU;
	dev->flags |= IFF_NOARP;
	dev->flags &= ~(IFF_BROADCAST | IFF_MULTICAST);
	dev->priv_flags |= IFF_NO_QUEUE;
	/* The number of an sk_buff is in it: pktgen may not send one twice */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->features |= NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM |
			 NETIF_F_HIGHDMA | NETIF_F_VLAN_CHALLENGED;
	dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM;
	scope_dev_set_lltx(dev);
	scope_dev_set_netns_local(dev);
}

/* The family is all that scope0 is for: no address, no router solicitations */
static void scope0_refuse_ipv6(struct net_device *dev)
{
#if IS_ENABLED(CONFIG_IPV6)
	struct inet6_dev *idev = __in6_dev_get(dev);

	if (idev)
		WRITE_ONCE(idev->cnf.disable_ipv6, 1);
#endif
}

/**
 * scope0_net_init() - give a namespace its scope0, up
 * @sn: the namespace's data
 *
 * Context: process, may sleep; takes RTNL.
 *
 * Return: 0 or a negative errno.
 */
int scope0_net_init(struct scope_net *sn)
{
	struct net_device *dev;
	struct scope0 *priv;
	int err;

	dev = alloc_netdev(sizeof(*priv), SCOPE_DEV_NAME, NET_NAME_PREDICTABLE,
			   scope0_setup);
	if (!dev)
		return -ENOMEM;
	dev_net_set(dev, sn->net);
	priv = netdev_priv(dev);
	priv->sn = sn;
	skb_queue_head_init(&priv->ring);
	netif_napi_add(dev, &priv->napi, scope0_poll);

	rtnl_lock();
	sn->dev = dev;
	err = register_netdevice(dev);
	if (err)
		goto err_free;
	scope0_refuse_ipv6(dev);
	err = dev_open(dev, NULL);
	if (err)
		goto err_unregister;
	rtnl_unlock();
	return 0;

err_unregister:
	sn->dev = NULL;
	unregister_netdevice(dev);
	rtnl_unlock();
	return err;

err_free:
	sn->dev = NULL;
	rtnl_unlock();
	free_netdev(dev);
	return err;
}

/**
 * scope0_net_exit() - take it away
 * @sn: the namespace's data
 *
 * Context: process, may sleep; takes RTNL.
 */
void scope0_net_exit(struct scope_net *sn)
{
	struct net_device *dev = sn->dev;

	unregister_netdev(dev);
	sn->dev = NULL;
}
