# Fuzz targets: one a file fuzz/NAME_fuzz.cpp. Every compiler builds NAME_replay, a test that runs
# the target over its corpus and near it; with ACKSU_FUZZ clang builds NAME_fuzz, a libFuzzer program,
# of the same objects: those of the core tell what they reach (`cmake --preset asan`).
option(ACKSU_FUZZ "Build the fuzzers (clang only)" OFF)
# Other fuzzers have others of these (tests/fuzz/afl).
set(ACKSU_FUZZ_COVERAGE -fsanitize=fuzzer-no-link CACHE STRING "How the core tells fuzzers what it reaches")
set(ACKSU_FUZZ_ENGINE -fsanitize=fuzzer CACHE STRING "What fuzzers are linked with")
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/fuzz/*_fuzz.cpp)
if(NOT PROJECT_IS_TOP_LEVEL OR NOT sources)
  return()
endif()
if(ACKSU_FUZZ AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "ACKSU_FUZZ needs clang: cmake --preset asan")
endif()

# Only the rooms and files that the targets need.
if(ACKSU_FUZZ)
  add_library(acksu_fuzzed STATIC EXCLUDE_FROM_ALL)
  foreach(room IN LISTS ACKSU_CORE_ROOMS)
    target_sources(acksu_fuzzed PRIVATE $<TARGET_OBJECTS:acksu_${room}>)
    target_compile_options(acksu_${room} PRIVATE ${ACKSU_FUZZ_COVERAGE})
  endforeach()
  # Sizes that are added up do not wrap around; fuzz/wrapping.txt names what is meant to. This ends fuzzers
  # (tests/fuzz/run), not tests, whose own numbers may.
  if(ACKSU_SANITIZE)
    foreach(room IN ITEMS wire host)
      target_compile_options(acksu_${room} PRIVATE -fsanitize=unsigned-integer-overflow
        -fsanitize-recover=unsigned-integer-overflow -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/fuzz/wrapping.txt)
    endforeach()
  endif()
  set(http_fuzz_sources ${PROJECT_SOURCE_DIR}/src/api/http.cpp ${PROJECT_SOURCE_DIR}/src/api/http_body.cpp)
  foreach(name IN ITEMS conditions expression expression_parser icmp_words lexer linux_names option_parser packet_parser
          packet_text parser python_tokens)
    list(APPEND packetdrill_fuzz_sources ${PROJECT_SOURCE_DIR}/src/packetdrill/${name}.cpp)
  endforeach()
endif()

function(acksu_fuzz_includes target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src
    ${PROJECT_SOURCE_DIR}/include)
  target_compile_options(${target} PRIVATE ${ACKSU_TEST_WARNINGS} ${ARGN})
endfunction()

function(acksu_add_fuzz_program program)
  add_executable(${program} ${ARGN})
  set_target_properties(${program} PROPERTIES LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
endfunction()

if(ACKSU_BUILD_TESTS)
  add_library(acksu_replay OBJECT ${PROJECT_SOURCE_DIR}/fuzz/replay.cpp)
  acksu_fuzz_includes(acksu_replay)
endif()

foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  string(REGEX REPLACE "_fuzz$" "" name ${name})
  add_library(${name}_target OBJECT EXCLUDE_FROM_ALL ${source})
  if(ACKSU_FUZZ)
    target_sources(${name}_target PRIVATE ${${name}_fuzz_sources})
    acksu_fuzz_includes(${name}_target ${ACKSU_FUZZ_COVERAGE})
    acksu_add_fuzz_program(${name}_fuzz $<TARGET_OBJECTS:${name}_target>)
    target_link_libraries(${name}_fuzz PRIVATE acksu_fuzzed ${ACKSU_FUZZ_ENGINE})
  else()
    acksu_fuzz_includes(${name}_target -O0)
  endif()
  if(ACKSU_BUILD_TESTS)
    acksu_add_fuzz_program(${name}_replay $<TARGET_OBJECTS:${name}_target> $<TARGET_OBJECTS:acksu_replay>)
    target_link_libraries(${name}_replay PRIVATE $<IF:$<BOOL:${ACKSU_FUZZ}>,acksu_fuzzed,acksu_lib>)
    target_link_options(${name}_replay PRIVATE ${ACKSU_PLAIN_LINK})
    add_test(NAME fuzz.${name} COMMAND ${name}_replay ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS unit TIMEOUT 300)
    acksu_order_test(fuzz.${name})
  endif()
endforeach()
