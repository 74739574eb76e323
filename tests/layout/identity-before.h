/* SPDX-License-Identifier: MIT */
typedef struct { int counter; } atomic_t;
typedef struct { unsigned val; } user_id;
typedef struct { unsigned val; } group_id;
struct user_struct; struct user_namespace; struct group_info; struct key;
struct identity {
	atomic_t usage;
	user_id uid;
	group_id gid;
	user_id suid;
	group_id sgid;
	user_id euid;
	group_id egid;
	user_id fsuid;
	group_id fsgid;
	unsigned securebits;
	unsigned long cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	struct key *session_keyring;
	void *security;
	struct user_struct *user;
	struct user_namespace *user_ns;
	struct group_info *group_info;
	void *rcu[2];
};
