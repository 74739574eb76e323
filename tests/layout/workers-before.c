/* SPDX-License-Identifier: MIT */
_Atomic long jobs_per_worker[64];
int main(void) { return (int)jobs_per_worker[3]; }
