# The plug-in for packetdrill (docs/conformance.md): a shared library of the rooms that it needs, compiled once more as
# code that can be loaded anywhere, and a small one to be named by LD_PRELOAD. They show what is looked for in
# them, and nothing else.
option(ACKSU_BUILD_PLUGIN "Build the plug-in for packetdrill" ${PROJECT_IS_TOP_LEVEL})
# Once is enough: not with sanitizers, which the loading program would need, and with one compiler.
if(NOT ACKSU_BUILD_PLUGIN OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux" OR ACKSU_SANITIZE
   OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  return()
endif()

function(acksu_loadable target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  # What it is asked for takes little time; to optimise it would take much.
  target_compile_options(${target} PRIVATE ${ACKSU_WARNINGS} -O0)
endfunction()

add_library(acksu_packetdrill_plugin SHARED)
foreach(room base wire tcp host trace api packetdrill)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  if(room STREQUAL "api")
    list(FILTER sources INCLUDE REGEX "/(posix_|linux_)[^/]*$")
  elseif(room STREQUAL "trace")
    list(FILTER sources INCLUDE REGEX "/(numbers|connection_table|text)\\.cpp$")
  elseif(room STREQUAL "packetdrill")
    list(FILTER sources INCLUDE REGEX "/(commands|cut_packet|freebsd_sysctl|engine|plugin[^/]*|preload|sysctls?)\\.cpp$")
  endif()
  add_library(acksu_loadable_${room} OBJECT ${sources})
  acksu_loadable(acksu_loadable_${room})
  set_target_properties(acksu_loadable_${room} PROPERTIES UNITY_BUILD ${ACKSU_UNITY})
  target_sources(acksu_packetdrill_plugin PRIVATE $<TARGET_OBJECTS:acksu_loadable_${room}>)
endforeach()
set_target_properties(acksu_packetdrill_plugin PROPERTIES OUTPUT_NAME acksu_packetdrill LINKER_LANGUAGE CXX)
target_link_options(acksu_packetdrill_plugin PRIVATE -Wl,--no-undefined -Wl,-Bsymbolic
  -static-libstdc++ -static-libgcc
  -Wl,--version-script=${PROJECT_SOURCE_DIR}/src/packetdrill/plugin.map)

add_library(acksu_packetdrill_preload SHARED ${PROJECT_SOURCE_DIR}/src/packetdrill/preload/preload_library.cpp)
acksu_loadable(acksu_packetdrill_preload)

if(TARGET plugin_test)
  add_dependencies(plugin_test acksu_packetdrill_plugin acksu_packetdrill_preload)
  set_property(TEST plugin plugin.exports_test plugin.scripts_test APPEND PROPERTY ENVIRONMENT
    "ACKSU_PACKETDRILL_PLUGIN=$<TARGET_FILE:acksu_packetdrill_plugin>")
endif()
