/* SPDX-License-Identifier: MIT */
struct slot { _Alignas(64) _Atomic long jobs; } jobs_per_worker[64];
int main(void) { return (int)jobs_per_worker[3].jobs; }
