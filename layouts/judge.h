/* SPDX-License-Identifier: MIT */
#ifndef CCK_LAYOUTS_JUDGE_H
#define CCK_LAYOUTS_JUDGE_H

#include "layouts/audit.h"

/** Let the rules look at an audit's corpus; findings go to its result. */
int cck_audit_judge(cck_audit *audit, const cck_layout_options *options, cck_error *err);

#endif
