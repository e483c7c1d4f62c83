# The plug-in for packetdrill (docs/conformance.md): a shared library, and a small one to be named by LD_PRELOAD. They show
# what is looked for in them, and nothing else.
option(ACKSU_BUILD_PLUGIN "Build the plug-in for packetdrill" ${PROJECT_IS_TOP_LEVEL})
# Not with sanitizers, which the loading program would need.
if(NOT ACKSU_BUILD_PLUGIN OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR ACKSU_SANITIZE)
  return()
endif()

add_library(acksu_packetdrill_plugin SHARED $<TARGET_OBJECTS:acksu_packetdrill>)
set_target_properties(acksu_packetdrill_plugin PROPERTIES OUTPUT_NAME acksu_packetdrill LINKER_LANGUAGE CXX)
target_link_libraries(acksu_packetdrill_plugin PRIVATE acksu_lib)
target_link_options(acksu_packetdrill_plugin PRIVATE ${ACKSU_PLAIN_LINK} -Wl,--no-undefined -Wl,-Bsymbolic
  -static-libstdc++ -static-libgcc
  -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/packetdrill/plugin.map)

add_library(acksu_packetdrill_preload SHARED ${PROJECT_SOURCE_DIR}/src/packetdrill/preload/preload_library.cpp)
set_target_properties(acksu_packetdrill_preload PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_include_directories(acksu_packetdrill_preload PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_options(acksu_packetdrill_preload PRIVATE ${ACKSU_WARNINGS})

if(TARGET plugin_test)
  add_dependencies(plugin_test acksu_packetdrill_plugin acksu_packetdrill_preload)
  set_property(TEST plugin plugin.exports_test plugin.scripts_test APPEND PROPERTY ENVIRONMENT
    "ACKSU_PACKETDRILL_PLUGIN=$<TARGET_FILE:acksu_packetdrill_plugin>")
endif()
