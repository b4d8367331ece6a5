# isa_symbols.cmake -- no function that the linker may share between objects is compiled for one instruction set only.
# Such a function would be taken from any of the objects, and crash where the processor lacks what it uses.
# Run as: cmake -DNM=nm -DOBJECTS=a.o;b.o -P isa_symbols.cmake
if(NOT OBJECTS)
  message(FATAL_ERROR "no objects given")
endif()
set(own_namespace "N7chiffre3cpu(8baseline|4avx2|6avx512)") # mangled: "chiffre::cpu::<set>::"
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} --defined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  if(NOT symbols MATCHES "${own_namespace}(8kKernels|9kPeakLoop|12kMatrixLoops)")
    message(FATAL_ERROR "${object}: expected a table of functions, found:\n${symbols}")
  endif()
  string(REPLACE ";" "," symbols "${symbols}")
  string(REPLACE "\n" ";" symbols "${symbols}")
  foreach(symbol IN LISTS symbols)
    # W, V, u: weak or unique, one copy is kept for the program. Names of the set's own namespace are safe.
    if(symbol MATCHES "^[0-9a-f]+ [WVu] " AND NOT symbol MATCHES "${own_namespace}")
      message(SEND_ERROR "${object}: ${symbol}")
    endif()
  endforeach()
endforeach()
