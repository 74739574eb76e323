# SPDX-License-Identifier: MIT
# What `cmake --install` lays down: library, headers, package config, pkg-config.
include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cachecheck)

install(TARGETS cachecheck_static cachecheck_shared EXPORT cachecheck-targets)
install(DIRECTORY include/cachecheck DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT cachecheck-targets NAMESPACE cachecheck:: DESTINATION ${config_dir})

configure_package_config_file(cmake/cachecheck-config.cmake.in cachecheck-config.cmake
  INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(cachecheck-config-version.cmake COMPATIBILITY SameMajorVersion)
# Relative to the file itself, so that `cmake --install --prefix` and moved trees work.
file(RELATIVE_PATH CCK_PC_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/cachecheck.pc.in cachecheck.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cachecheck-config.cmake
  ${PROJECT_BINARY_DIR}/cachecheck-config-version.cmake DESTINATION ${config_dir})
install(FILES ${PROJECT_BINARY_DIR}/cachecheck.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(GLOB examples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.c)
install(FILES ${examples} DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
