# Fuzz targets: one a file fuzz/NAME_fuzz.cpp. Every compiler builds NAME_replay, a test that runs
# the target over its corpus and near it; with ACKSU_FUZZ clang builds NAME_fuzz, a libFuzzer program
# (`cmake --preset fuzz`).
option(ACKSU_FUZZ "Build the fuzzers (clang only)" OFF)
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/fuzz/*_fuzz.cpp)
if(NOT PROJECT_IS_TOP_LEVEL OR NOT sources)
  return()
endif()
if(ACKSU_FUZZ AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "ACKSU_FUZZ needs clang: cmake --preset fuzz")
endif()

# There is a build of its own for these programs: only the rooms and files that they need.
if(ACKSU_FUZZ)
  add_library(acksu_fuzzed STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:acksu_base>
    $<TARGET_OBJECTS:acksu_wire> $<TARGET_OBJECTS:acksu_tcp> $<TARGET_OBJECTS:acksu_host>
    $<TARGET_OBJECTS:acksu_trace> $<TARGET_OBJECTS:acksu_sim>)
  # Sizes that are added up do not wrap around; fuzz/wrapping.txt names what is meant to.
  foreach(room IN ITEMS wire host)
    target_compile_options(acksu_${room} PRIVATE -fsanitize=unsigned-integer-overflow
      -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/fuzz/wrapping.txt)
  endforeach()
  set(http_fuzz_sources ${PROJECT_SOURCE_DIR}/src/api/http.cpp ${PROJECT_SOURCE_DIR}/src/api/http_body.cpp)
  foreach(name IN ITEMS conditions expression expression_parser icmp_words lexer linux_names option_parser packet_parser
          packet_text parser python_tokens)
    list(APPEND packetdrill_fuzz_sources ${PROJECT_SOURCE_DIR}/src/packetdrill/${name}.cpp)
  endforeach()
endif()

function(acksu_add_fuzz_program program)
  add_executable(${program} ${ARGN})
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${program} PRIVATE ${ACKSU_TEST_WARNINGS})
endfunction()

if(ACKSU_BUILD_TESTS)
  add_library(acksu_replay OBJECT ${PROJECT_SOURCE_DIR}/fuzz/replay.cpp)
  target_include_directories(acksu_replay PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(acksu_replay PRIVATE ${ACKSU_TEST_WARNINGS})
endif()

foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  string(REGEX REPLACE "_fuzz$" "" name ${name})
  if(ACKSU_BUILD_TESTS)
    acksu_add_fuzz_program(${name}_replay ${source})
    target_compile_options(${name}_replay PRIVATE -O0)
    target_link_libraries(${name}_replay PRIVATE acksu_lib acksu_replay)
    target_link_options(${name}_replay PRIVATE ${ACKSU_PLAIN_LINK})
    add_test(NAME fuzz.${name} COMMAND ${name}_replay ${PROJECT_SOURCE_DIR}/fuzz/corpus/${name})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
  if(ACKSU_FUZZ)
    acksu_add_fuzz_program(${name}_fuzz ${source} ${${name}_fuzz_sources})
    target_link_libraries(${name}_fuzz PRIVATE acksu_fuzzed)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  endif()
endforeach()
