/* SPDX-License-Identifier: MIT */
_Alignas(64) _Atomic long readers_seen = 1;
_Alignas(64) _Atomic long writers_seen = 1;
_Alignas(64) int end = 1;
int main(void) { return (int)(readers_seen + writers_seen); }
