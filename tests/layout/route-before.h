/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
struct device; struct route_ops; struct transform; struct packet;
struct route {
	struct device *dev;
	struct route_ops *ops;
	unsigned long _metrics;
	unsigned long expires;
	struct transform *xfrm;
	int (*input)(struct packet *);
	int (*output)(struct packet *);
	atomic_t refcnt;
	int use;
	unsigned short flags;
	short obsolete;
	unsigned short header_len;
	unsigned short trailer_len;
	unsigned long lastuse;
	void *tunnel;
	void *rcu_head[2];
	short error;
	unsigned class_id;
};
