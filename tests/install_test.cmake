# Installs below DESTDIR, then uses the tree from there, away from its prefix: the programs run, and a program built
# against the library, once through find_package and once through pkg-config, reads a picture alike.
#
# cmake -D BUILD=.. -D SOURCE=.. -D WORK=.. -D BINDIR=.. -D LIBDIR=.. -D CXX=.. -D CXX_FLAGS=.. -D GENERATOR=..
#       -P install_test.cmake
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
                      share/chiffre/lenet5.safetensors share/man/man1/analyze.1
                      share/bash-completion/completions/analyze)
  if(NOT EXISTS "${tree}/${file}")
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()

# A picture that CMake can write: a PGM whose bytes are printable. Paper is '~', ink '!'.
string(REPEAT "~" 100 paper_row)
string(REPEAT "~" 46 margin)
set(ink_row "${margin}!!!!!!!!${margin}")
string(REPEAT "${paper_row}" 25 paper)
string(REPEAT "${ink_row}" 50 bar)
set(picture ${WORK}/one.pgm)
file(WRITE ${picture} "P5\n100 100\n126\n${paper}${bar}${paper}")

run("${tree}/${BINDIR}/analyze" -q ${picture})
# Which digit is the business of the weights; here all three programs must find the one mark and read it alike.
if(NOT output MATCHES "^[0-9?]\n$")
  message(FATAL_ERROR "installed analyze: expected one digit, found\n${output}")
endif()
set(wanted "${output}")

run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE}/tests/install -B ${WORK}/cmake -D CMAKE_CXX_COMPILER=${CXX}
    -D "CMAKE_CXX_FLAGS=${CXX_FLAGS}" -D "CMAKE_PREFIX_PATH=${tree}")
run(${CMAKE_COMMAND} --build ${WORK}/cmake)
run(${WORK}/cmake/consumer ${picture})
expect_same("consumer built with find_package" "${output}" "${wanted}")

find_program(PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
run(${CMAKE_COMMAND} -E env "PKG_CONFIG_PATH=${tree}/${LIBDIR}/pkgconfig" ${PKG_CONFIG} --cflags --libs chiffre)
separate_arguments(flags UNIX_COMMAND "${output}")
separate_arguments(own_flags UNIX_COMMAND "${CXX_FLAGS}")
run(${CXX} -std=c++20 ${own_flags} ${SOURCE}/tests/install/consumer.cpp ${flags} -o ${WORK}/consumer)
run(${WORK}/consumer ${picture})
expect_same("consumer built with pkg-config" "${output}" "${wanted}")
