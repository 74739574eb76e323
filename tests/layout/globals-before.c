/* SPDX-License-Identifier: MIT */
/* The readers count in one, the writers in the other. */
_Atomic long readers_seen = 1;
_Atomic long writers_seen = 1;
int main(void) { return (int)(readers_seen + writers_seen); }
