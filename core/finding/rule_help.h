/* SPDX-License-Identifier: MIT */
#ifndef CCK_CORE_RULE_HELP_H
#define CCK_CORE_RULE_HELP_H

/** What a rule is about, for those who see it for the first time. */
typedef struct cck_rule_help {
    const char *rule;
    const char *summary; /* a sentence */
    const char *help;    /* why, and what to do */
} cck_rule_help;

/** The help for a rule; for one that is not known its name stands for all. */
cck_rule_help cck_rule_help_of(const char *rule);

/** All of them, ended by a NULL rule. */
extern const cck_rule_help cck_rule_helps[];

#endif
