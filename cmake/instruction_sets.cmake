# chiffre_add_kernels(TARGET SOURCE...): compiles each SOURCE once per instruction set that the processor family may have, with
# the name of the set in CHIFFRE_ISA, and adds the objects to TARGET and
# to its property CHIFFRE_KERNELS. src/cpu/lanes.h says what SOURCE may include.
function(chiffre_add_kernels target)
  set(sets baseline)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(APPEND sets avx2 avx512)
  endif()
  set(baseline_options "")
  set(avx2_options -mavx2 -mfma)
  set(avx512_options -mavx512f -mfma -mprefer-vector-width=512)
  foreach(isa IN LISTS sets)
    add_library(${target}_${isa} OBJECT ${ARGN})
    # A product and a sum in one rounding where the processor can; no signals, signed zeros or infinities to respect.
    target_compile_options(${target}_${isa} PRIVATE ${${isa}_options} -ffp-contract=fast -fno-trapping-math
                                                    -fno-signed-zeros -ffinite-math-only)
    target_compile_definitions(${target}_${isa} PRIVATE CHIFFRE_ISA=${isa})
    target_include_directories(${target}_${isa} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target}_${isa} PRIVATE chiffre_warnings)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${isa}>)
    set_property(TARGET ${target} APPEND PROPERTY CHIFFRE_KERNELS $<TARGET_OBJECTS:${target}_${isa}>)
  endforeach()
endfunction()
