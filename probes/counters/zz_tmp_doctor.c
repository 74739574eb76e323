/* SPDX-License-Identifier: MIT */
#include "probes/counters/counters.h"
void cck_counters_doctor_software(const cck_root *root, cck_doctor_sink *sink, void *context){(void)root;(void)sink;(void)context;}
void cck_counters_doctor_pmu(const cck_root *root, cck_doctor_sink *sink, void *context){(void)root;(void)sink;(void)context;}
