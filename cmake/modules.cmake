# Where things are built and installed. Modules (packages' halves, the
# embedded authority) lie in the folder `opensspi` beside libsspi.so, in the
# build tree as after installation, so the library finds them relative to itself.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(OPENSSPI_MODULE_DIR ${CMAKE_INSTALL_FULL_LIBDIR}/opensspi)
set(OPENSSPI_BUILD_MODULE_DIR ${CMAKE_BINARY_DIR}/lib/opensspi)

# What is installed, and no test, example or benchmark: all that `make install` has to build.
add_custom_target(programs)

# opensspi_install(TARGET ...): installs it, as install(TARGETS) does.
function(opensspi_install name)
    add_dependencies(programs ${name})
    install(TARGETS ${name} ${ARGN})
endfunction()

# opensspi_module(NAME SOURCES...): a dlopened module without the lib prefix.
function(opensspi_module name)
    add_library(${name} MODULE ${ARGN})
    set_target_properties(${name} PROPERTIES PREFIX ""
        LIBRARY_OUTPUT_DIRECTORY ${OPENSSPI_BUILD_MODULE_DIR})
    opensspi_install(${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/opensspi)
endfunction()

# opensspi_unit_test(NAME SOURCES... LIBS libs...): a cmocka program tests/NAME.
function(opensspi_unit_test name)
    cmake_parse_arguments(T "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(test-${name} ${T_SOURCES})
    target_link_libraries(test-${name} PRIVATE ${T_LIBS} cmocka)
    target_include_directories(test-${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit)
    target_compile_definitions(test-${name} PRIVATE
        TEST_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors")
    add_test(NAME unit.${name} COMMAND test-${name})
endfunction()
