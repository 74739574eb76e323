/* SPDX-License-Identifier: MIT */
typedef struct { int val; } spinlock_t;
struct lockref { spinlock_t lock; int count; };
struct name_entry {
    unsigned flags;
    struct name_entry *hash_next, **hash_prev;
    struct name_entry *parent;
    void *inode;
    const struct name_operations *ops;
    char short_name[40];
    void *data;
    unsigned long time;
    struct { void *next, *prev; } lru, child, siblings, alias;
    struct lockref entry_ref __attribute__((aligned(64)));
};
