# Compiler flags: warnings, sanitizers, reproducible output, ccache.
set(ACKSU_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow)
if(ACKSU_WERROR)
  list(APPEND ACKSU_WARNINGS -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in std::string's own operator+ (GCC bug 105651).
  list(APPEND ACKSU_WARNINGS -Wno-restrict)
endif()

# Tests count with plain integers; the sign of a literal is no news there.
set(ACKSU_TEST_WARNINGS ${ACKSU_WARNINGS} -Wno-sign-conversion)

if(PROJECT_IS_TOP_LEVEL)
  # The same commit gives the same bytes in any directory on any day. ccache makes paths relative.
  file(RELATIVE_PATH to_source ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${to_source}=
    -Wdate-time)

  # g++ looks for garbage each time its heap has grown by a third, a tenth of its time. Where memory allows, later.
  cmake_host_system_information(RESULT megabytes QUERY TOTAL_PHYSICAL_MEMORY)
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  math(EXPR megabytes_each "${megabytes} / ${cores}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND megabytes_each GREATER 2000)
    add_compile_options(--param=ggc-min-heapsize=400000)
  endif()

  if(ACKSU_SANITIZE)
    add_compile_options(-fsanitize=${ACKSU_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${ACKSU_SANITIZE})
    if(ACKSU_SANITIZE MATCHES "undefined")
      add_compile_options(-fno-sanitize=vptr)  # needs the run-time types that the core does without
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Instrumented code confuses the flow analysis of g++; the release build keeps these warnings.
      list(APPEND ACKSU_WARNINGS -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
      list(APPEND ACKSU_TEST_WARNINGS -Wno-maybe-uninitialized -Wno-stringop-overflow
        -Wno-array-bounds)
    endif()
  endif()

  find_program(ACKSU_CCACHE ccache)
  if(ACKSU_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    # Paths do not reach the output (above), so that clones in other directories share the cache. The
    # sloppiness is what precompiled headers need; nobody asks for the time (-Wdate-time).
    set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${ACKSU_CCACHE})
  endif()
endif()

if(ACKSU_LTO AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(STATUS "Not optimised across files: only g++ makes objects for both ways of linking")
  set(ACKSU_LTO OFF)
endif()
if(ACKSU_LTO)
  set(ACKSU_PLAIN_LINK -fno-lto)  # tests are linked often: use the machine code that is there
  # A segment passes some forty short functions, none of which is called from many places.
  set(ACKSU_INLINE_OPTIONS --param=max-inline-insns-auto=100 --param=max-inline-insns-single=400
    --param=inline-unit-growth=400 --param=large-function-growth=1000)
endif()

if(ACKSU_PROFILE AND NOT ACKSU_LTO)
  message(FATAL_ERROR "ACKSU_PROFILE needs g++ and ACKSU_LTO: bench/fast sets both")
endif()
# What nobody has counted is optimised as ever, not for size: a short training sees no bad networks.
if(ACKSU_PROFILE STREQUAL "generate")
  set(ACKSU_PROFILE_OPTIONS -fprofile-generate -fprofile-update=single)
elseif(ACKSU_PROFILE STREQUAL "use")
  set(ACKSU_PROFILE_OPTIONS -fprofile-use -fprofile-partial-training -Wno-missing-profile)
elseif(ACKSU_PROFILE)
  message(FATAL_ERROR "ACKSU_PROFILE is generate or use, not ${ACKSU_PROFILE}")
endif()
