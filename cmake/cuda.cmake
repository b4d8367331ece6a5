# What CHIFFRE_CUDA asks for, checked against what this machine can compile. There is no CUDA engine in the sources yet:
# this only finds out and says so.
if(NOT CHIFFRE_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "CHIFFRE_CUDA: expected AUTO, ON or OFF, found '${CHIFFRE_CUDA}'")
endif()

if(CHIFFRE_CUDA STREQUAL "OFF")
  message(STATUS "CUDA: switched off; the CPU engine is built")
  return()
endif()

include(CheckLanguage)
check_language(CUDA)
if(CMAKE_CUDA_COMPILER)
  message(STATUS "CUDA: ${CMAKE_CUDA_COMPILER} found, but this version has no CUDA engine; the CPU engine is built")
elseif(CHIFFRE_CUDA STREQUAL "ON")
  message(FATAL_ERROR "CHIFFRE_CUDA=ON: no working nvcc found. Install the CUDA toolkit and put nvcc on the PATH "
                      "(or set CUDACXX to it), or configure with -DCHIFFRE_CUDA=OFF.")
else()
  message(STATUS "CUDA: no nvcc found; the CPU engine is built")
endif()
