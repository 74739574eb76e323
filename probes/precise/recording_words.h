/* SPDX-License-Identifier: MIT */
#ifndef CCK_PRECISE_RECORDING_WORDS_H
#define CCK_PRECISE_RECORDING_WORDS_H

/** Words of recording.h's format, indexed by cck_precise_kind and cck_ibs_kind. */
static const char *const cck_precise_pmu_words[] = {"latency", "ibs", "spe"};
static const char *const cck_precise_zen_words[] = {"old", "zen3", "zen4"};

#endif
