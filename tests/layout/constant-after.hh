/* SPDX-License-Identifier: MIT */
#include <cstddef>
namespace std { inline constexpr size_t hardware_destructive_interference_size = 64; }
struct Lane {
    alignas(std::hardware_destructive_interference_size) long first;
    alignas(std::hardware_destructive_interference_size) long second;
};
