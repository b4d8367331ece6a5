# Installs below DESTDIR, then uses the tree from there, away from its prefix: the programs run, and a program built
# against the library, once through find_package and once through pkg-config, prints what the installed analyze prints.
#
# cmake -D BUILD=.. -D SOURCE=.. -D WORK=.. -D BINDIR=.. -D LIBDIR=.. -D CXX=.. -D CXX_FLAGS=.. -D GENERATOR=..
#       -D PICTURE=.. -P install_test.cmake
cmake_minimum_required(VERSION 3.25)

# Runs a command; what it prints goes to the variable `output`, a failure ends the test.
macro(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output ERROR_VARIABLE talk RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "status ${status} from: ${command}\n${output}${talk}")
  endif()
endmacro()

function(expect_same what got wanted)
  if(NOT got STREQUAL wanted)
    message(FATAL_ERROR "${what}: expected\n${wanted}\nfound\n${got}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
set(tree "${WORK}/dest dir/opt/chiffre")

run(${CMAKE_COMMAND} -E env "DESTDIR=${WORK}/dest dir" ${CMAKE_COMMAND} --install ${BUILD} --prefix /opt/chiffre)
foreach(file IN ITEMS ${BINDIR}/analyze ${BINDIR}/train ${BINDIR}/synthesize ${LIBDIR}/libchiffre.a
                      share/chiffre/lenet5.safetensors)
  if(NOT EXISTS "${tree}/${file}")
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()

run("${tree}/${BINDIR}/analyze" -q ${PICTURE})
set(wanted "${output}")
if(NOT wanted MATCHES "[0-9]")
  message(FATAL_ERROR "the installed analyze read no digit in ${PICTURE}")
endif()

run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE}/tests/install -B ${WORK}/cmake -D CMAKE_CXX_COMPILER=${CXX}
    -D "CMAKE_CXX_FLAGS=${CXX_FLAGS}" -D "CMAKE_PREFIX_PATH=${tree}")
run(${CMAKE_COMMAND} --build ${WORK}/cmake)
run(${WORK}/cmake/consumer ${PICTURE})
expect_same("consumer built with find_package" "${output}" "${wanted}")

find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
run(${CMAKE_COMMAND} -E env "PKG_CONFIG_PATH=${tree}/${LIBDIR}/pkgconfig" ${PKG_CONFIG} --cflags --libs chiffre)
separate_arguments(flags UNIX_COMMAND "${output}")
separate_arguments(own_flags UNIX_COMMAND "${CXX_FLAGS}")
run(${CXX} -std=c++20 ${own_flags} ${SOURCE}/tests/install/consumer.cpp ${flags} -o ${WORK}/consumer)
run(${WORK}/consumer ${PICTURE})
expect_same("consumer built with pkg-config" "${output}" "${wanted}")
