# Benchmarks: one program a file of bench/, built by `ninja benches` only.
find_package(benchmark QUIET)
find_package(GTest QUIET)  # the ends of some benchmarks are those of tests
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.cpp)
if(NOT PROJECT_IS_TOP_LEVEL OR NOT benchmark_FOUND OR NOT GTest_FOUND OR NOT sources)
  return()
endif()
add_custom_target(benches)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  string(REGEX REPLACE "_bench$" "" name ${name})
  add_executable(${name}_bench EXCLUDE_FROM_ALL ${source})
  set_target_properties(${name}_bench PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  target_include_directories(${name}_bench PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${name}_bench PRIVATE ${ACKSU_TEST_WARNINGS})
  target_link_libraries(${name}_bench PRIVATE acksu_lib benchmark::benchmark_main GTest::gtest)
  add_dependencies(benches ${name}_bench)
endforeach()
