# What other projects need: the library, its public headers, find_package(acksu), pkg-config.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/acksu)
install(TARGETS acksu_lib EXPORT acksu-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT acksu-targets NAMESPACE acksu:: DESTINATION ${package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/acksu DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(ACKSU_LTO)
  # A program linked with g++ is optimised across files together with the library, and g++ then warns of
  # reads and writes beyond the end of an object that do not happen.
  target_link_options(acksu_lib INTERFACE
    $<INSTALL_INTERFACE:$<$<LINK_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overread>>
    $<INSTALL_INTERFACE:$<$<LINK_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overflow>>)
endif()
# The native interface in C++, as in the sources: "host/host.h".
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/acksu/native
  FILES_MATCHING PATTERN "*.h" PATTERN "*.inc" PATTERN "*_test.h" EXCLUDE PATTERN "packetdrill" EXCLUDE)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/acksu-config.cmake.in
  ${PROJECT_BINARY_DIR}/acksu-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/acksu-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/acksu-config.cmake
  ${PROJECT_BINARY_DIR}/acksu-config-version.cmake DESTINATION ${package_dir})
file(RELATIVE_PATH up_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/acksu.pc.in ${PROJECT_BINARY_DIR}/acksu.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/acksu.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
