// SPDX-License-Identifier: GPL-2.0
/*
 * device/input.c - from a device to the protocol
 *
 * Place: station device.receive. Called by the network core for every frame
 * of our ethertype, in softirq under the RCU read lock. Who receives is the
 * function that the protocol layer published.
 */
#include "../observe/identity.h"
#include "../observe/station.h"

static scope_receive_fn scope_receive_up;

static int scope_dev_receive(struct sk_buff *skb, struct net_device *dev,
			     struct packet_type *pt,
			     struct net_device *orig_dev)
{
	struct scope_net *sn = scope_net(dev_net(dev));
	struct sock *sk = scope_identity_owner(skb);
	struct scope_net *sender = sk ? scope_sk(sk)->sn : NULL;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb) {
		if (sender)
			scope_count_reason(sender, SKB_DROP_REASON_NOMEM);
		return NET_RX_DROP;
	}
	scope_identity_fetch(skb);
	return scope_pass(sn, SCOPE_STATION_DEVICE_RECEIVE,
			  scope_identity_owner(skb), skb, NULL,
			  scope_receive_up);
}

static struct packet_type scope_packet_type __read_mostly = {
	.type	= cpu_to_be16(ETH_P_SCOPE),
	.func	= scope_dev_receive,
};

/**
 * scope_dev_publish() - begin to receive
 * @receive: the protocol's entry, called in softirq; owns the sk_buff
 *
 * Context: process.
 */
void scope_dev_publish(scope_receive_fn receive)
{
	scope_receive_up = receive;
	dev_add_pack(&scope_packet_type);
}

/**
 * scope_dev_withdraw() - stop receiving
 *
 * Context: process, may sleep. Nothing is on its way up when it returns.
 */
void scope_dev_withdraw(void)
{
	dev_remove_pack(&scope_packet_type);
}
