# Test programs: one a room (src/ROOM/*_test.cpp), one a folder of tests/ that has .cpp files, and
# one a Python file tests/*/*_test.py, which is given the acksu program. Each is one test of ctest.

# What takes longest begins first, lest one core works alone at the end.
set(ACKSU_LONG_TESTS sim tcp security fuzz.capture simulation.simulate_test)

function(acksu_order_test name)
  if(name IN_LIST ACKSU_LONG_TESTS)
    set_tests_properties(${name} PROPERTIES COST 1000)
  endif()
endfunction()

find_package(GTest QUIET)
find_package(rapidcheck QUIET)
if(NOT GTest_FOUND OR NOT rapidcheck_FOUND)
  message(STATUS "GoogleTest or RapidCheck is missing: no tests")
  return()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(acksu_register_test name label)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 900 SKIP_RETURN_CODE 77
    ENVIRONMENT "ACKSU_PROGRAM=$<TARGET_FILE:acksu>")
  acksu_order_test(${name})
endfunction()

function(acksu_add_test name label)
  add_executable(${name}_test ${ARGN})
  # What headers instantiate is most of the work, so as many files as leave something for each core.
  set_target_properties(${name}_test PROPERTIES UNITY_BUILD ${ACKSU_UNITY} UNITY_BUILD_BATCH_SIZE 14
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(${name}_test
    PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  # What is tested is optimised, the tests themselves need not be: that halves the time they take to build.
  target_compile_options(${name}_test PRIVATE ${ACKSU_TEST_WARNINGS} -O0)
  if(ACKSU_UNITY)
    # The file before has globals, which a local variable may share its name with; clang cannot tell these apart.
    target_compile_options(${name}_test PRIVATE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)
  endif()
  target_link_libraries(${name}_test
    PRIVATE acksu_lib nlohmann_json::nlohmann_json GTest::gtest_main rapidcheck)
  target_link_options(${name}_test PRIVATE ${ACKSU_PLAIN_LINK})
  # GoogleTest's header is compiled once, by the first of these programs; clang must leave the time
  # out of what it makes, or ccache would never find it again.
  target_compile_options(${name}_test
    PRIVATE $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
  get_property(first GLOBAL PROPERTY ACKSU_FIRST_TEST)
  if(first)
    target_precompile_headers(${name}_test REUSE_FROM ${first})
  else()
    target_precompile_headers(${name}_test PRIVATE <gtest/gtest.h>)
    set_property(GLOBAL PROPERTY ACKSU_FIRST_TEST ${name}_test)
  endif()
  acksu_register_test(${name} ${label} ${name}_test)
endfunction()

foreach(room IN LISTS ACKSU_CORE_ROOMS ACKSU_OUTER_ROOMS)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*_test.cpp)
  if(sources)
    acksu_add_test(${room} unit ${sources})
  endif()
endforeach()

file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${PROJECT_SOURCE_DIR}/tests/*)
foreach(folder IN LISTS folders)
  cmake_path(GET folder FILENAME name)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  if(sources)
    acksu_add_test(${name} ${name} ${sources})
  endif()
  # Whether pages show what the program prints is no question for sanitizers.
  if(ACKSU_SANITIZE AND name STREQUAL "documents")
    continue()
  endif()
  file(GLOB scripts CONFIGURE_DEPENDS ${folder}/*_test.py)
  foreach(script IN LISTS scripts)
    cmake_path(GET script STEM stem)
    acksu_register_test(${name}.${stem} script ${Python3_EXECUTABLE} -B ${script})
  endforeach()
endforeach()

# The kernel's header of TCP and the C library's define the same structures.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/api/linux_tcp_info_test.cpp
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

# Each examples/*.c and *.cpp is a program on the installed headers, and runs as a test. The compiler of C need not know
# the sanitizers of the other.
if(ACKSU_SANITIZE)
  return()
endif()
enable_language(C)
find_package(Threads REQUIRED)
file(GLOB examples CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.c ${PROJECT_SOURCE_DIR}/examples/*.cpp)
foreach(example IN LISTS examples)
  cmake_path(GET example STEM name)
  add_executable(example_${name} ${example})
  set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
  target_compile_options(example_${name} PRIVATE -Wall -Wextra -Wpedantic)
  target_link_libraries(example_${name} PRIVATE acksu_lib Threads::Threads)
  target_link_options(example_${name} PRIVATE ${ACKSU_PLAIN_LINK})
  acksu_register_test(examples.${name} script example_${name})
endforeach()
