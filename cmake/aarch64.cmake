# SPDX-License-Identifier: MIT
# Cross compilation for arm64 with Debian's gcc-aarch64-linux-gnu. libc comes
# with that toolchain; the other libraries are unpacked packages under CCK_SYSROOT,
# because a foreign dpkg architecture is more than a test should add to a machine.
#   tests/guests/install
#   cmake -S . -B build/guest-arm64 --toolchain cmake/aarch64.cmake -DCCK_SYSROOT=DIRECTORY
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(CCK_SYSROOT "" CACHE PATH "Where the arm64 packages of cachecheck's libraries are unpacked")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CCK_SYSROOT)

set(CMAKE_FIND_ROOT_PATH ${CCK_SYSROOT} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# pkg-config must not answer for the host.
set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_LIBDIR}
  "${CCK_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CCK_SYSROOT}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CCK_SYSROOT}")

# The half of the headers that differs from one machine to the next.
set(CMAKE_C_FLAGS_INIT "-isystem ${CCK_SYSROOT}/usr/include/aarch64-linux-gnu")

# Libraries named without a path are found there, and so is what libhwloc needs (libudev).
set(libraries "${CCK_SYSROOT}/usr/lib/aarch64-linux-gnu")
set(CMAKE_EXE_LINKER_FLAGS_INIT
  "-L${libraries} -Wl,-rpath-link,${libraries}:${CCK_SYSROOT}/lib/aarch64-linux-gnu")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${CMAKE_EXE_LINKER_FLAGS_INIT}")
