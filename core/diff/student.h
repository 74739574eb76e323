/* SPDX-License-Identifier: MIT */
#ifndef CCK_DIFF_STUDENT_H
#define CCK_DIFF_STUDENT_H

/** P(|T| >= |t|) of Student's t with any (also broken) degrees of freedom above 0. */
double cck_student_two_sided(double t, double freedom);

/** The t that is exceeded, on both sides together, with probability `p` in (0, 1). */
double cck_student_quantile(double p, double freedom);

/** P(|Z| >= |z|) of the normal distribution. */
double cck_normal_two_sided(double z);

#endif
