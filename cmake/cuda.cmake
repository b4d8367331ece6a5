# What CHIFFRE_CUDA asks for, checked against what this machine can compile. Sets CHIFFRE_HAS_CUDA.
if(NOT CHIFFRE_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "CHIFFRE_CUDA: expected AUTO, ON or OFF, found '${CHIFFRE_CUDA}'")
endif()

set(CHIFFRE_HAS_CUDA OFF)
if(CHIFFRE_CUDA STREQUAL "OFF")
  message(STATUS "CUDA: switched off; the CPU engine alone is built")
  return()
endif()

include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  if(CHIFFRE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "CHIFFRE_CUDA=ON: no working nvcc found. Install the CUDA toolkit and put nvcc on the PATH "
                        "(or set CUDACXX to it), or configure with -DCHIFFRE_CUDA=OFF.")
  endif()
  message(STATUS "CUDA: no nvcc found; the CPU engine alone is built")
  return()
endif()

# Machine code for the GPUs in use, of those that the toolkit knows, and PTX of the newest for those to come.
# -DCMAKE_CUDA_ARCHITECTURES=native, or one number, makes a build several times quicker.
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(_wanted 75 80 86 89 90 100 120)
  execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --list-gpu-arch OUTPUT_VARIABLE _known)
  set(CMAKE_CUDA_ARCHITECTURES "")
  foreach(_architecture IN LISTS _wanted)
    if(_known MATCHES "compute_${_architecture}[\r\n]")
      list(APPEND CMAKE_CUDA_ARCHITECTURES ${_architecture}-real)
      set(_newest ${_architecture})
    endif()
  endforeach()
  list(APPEND CMAKE_CUDA_ARCHITECTURES ${_newest}-virtual)
  set(CMAKE_CUDA_ARCHITECTURES "${CMAKE_CUDA_ARCHITECTURES}" CACHE STRING "GPU architectures to compile for")
endif()
if(CCACHE AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
endif()
enable_language(CUDA)
include(CheckCompilerFlag) # before the standard is set: its own small project would not know what follows
check_compiler_flag(CUDA --compress-mode=size CHIFFRE_NVCC_COMPRESSES)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20") # CMake 3.25 does not know that nvcc has it
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
find_package(CUDAToolkit REQUIRED)
set(CHIFFRE_HAS_CUDA ON)
message(STATUS "CUDA: ${CMAKE_CUDA_COMPILER} ${CMAKE_CUDA_COMPILER_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")

# A program for all architectures carries eight times the machine code: smallest compression where nvcc knows it (a
# sixth of the default's size), and source lines, which double it, only where a developer builds for one GPU.
set(_size_options $<$<BOOL:${CHIFFRE_NVCC_COMPRESSES}>:--compress-mode=size>)
list(LENGTH CMAKE_CUDA_ARCHITECTURES _architectures)
if(_architectures EQUAL 1)
  set(_size_options -lineinfo)
endif()

# The host compiler's warnings; -Wpedantic and -Wconversion would be about the code that nvcc makes of ours.
add_library(chiffre_cuda_options INTERFACE)
target_compile_options(chiffre_cuda_options INTERFACE
  "$<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr;-Xcompiler=-Wall,-Wextra;${_size_options}>"
  "$<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${CHIFFRE_WERROR}>>:-Werror=all-warnings>")
