# What `cmake --install` lays down: the programs, one static library with its headers, what find_package and pkg-config
# need to find it, the weights, and the documents. Nothing in it names the prefix, so the tree can be moved.
include(CMakePackageConfigHelpers)

# One archive for users instead of the layers that the build keeps apart; what it needs is stated here once for CMake,
# below for pkg-config and in chiffreConfig.cmake.in.
add_library(chiffre_package STATIC)
set(layers chiffre chiffre_engine chiffre_preprocessing)
if(CHIFFRE_HAS_CUDA)
  list(APPEND layers chiffre_cuda)
endif()
foreach(layer IN LISTS layers)
  # A layer's own object libraries (the kernels of each instruction set) are not among its TARGET_OBJECTS.
  get_target_property(parts ${layer} SOURCES)
  list(FILTER parts INCLUDE REGEX "TARGET_OBJECTS")
  target_sources(chiffre_package PRIVATE $<TARGET_OBJECTS:${layer}> ${parts})
endforeach()
set_target_properties(chiffre_package PROPERTIES
  EXPORT_NAME chiffre OUTPUT_NAME chiffre LINKER_LANGUAGE CXX ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package)
target_compile_features(chiffre_package INTERFACE cxx_std_20)
target_link_libraries(chiffre_package PUBLIC OpenCV::imgproc PRIVATE JPEG::JPEG ZLIB::ZLIB Threads::Threads)
set(cuda_libraries "") # for pkg-config, which has no file for them
if(CHIFFRE_HAS_CUDA)
  target_link_libraries(chiffre_package PRIVATE CUDA::cudart_static)
  set(cuda_libraries "-L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -ldl -lrt")
endif()

set(public_headers
  preprocessing/decode.h preprocessing/stage_parts.h preprocessing/stages.h
  src/engine.h src/error.h src/lenet5.h src/parts.h src/pattern.h src/pipeline.h src/reading.h src/tile.h src/weights.h)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/chiffre)
configure_package_config_file(cmake/chiffreConfig.cmake.in ${PROJECT_BINARY_DIR}/package/chiffreConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/chiffreConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)

file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
cmake_path(SET prefix_from_pc NORMALIZE ${prefix_from_pc})
cmake_path(GET OpenCVImgproc_imgproc_LIBRARY PARENT_PATH opencv_libdir)
configure_file(cmake/chiffre.pc.in ${PROJECT_BINARY_DIR}/package/chiffre.pc @ONLY)

install(TARGETS analyze train synthesize RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS chiffre_package EXPORT chiffreTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT chiffreTargets NAMESPACE chiffre:: DESTINATION ${package_dir})
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/chiffre)
install(FILES ${PROJECT_BINARY_DIR}/package/chiffreConfig.cmake ${PROJECT_BINARY_DIR}/package/chiffreConfigVersion.cmake
              cmake/FindOpenCVImgproc.cmake
  DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/package/chiffre.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY weights/ DESTINATION ${CMAKE_INSTALL_DATADIR}/chiffre FILES_MATCHING PATTERN "*.safetensors")
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")

if(TARGET analyze_docs)
  set(made ${PROJECT_BINARY_DIR}/docs)
  install(FILES ${made}/analyze.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${made}/analyze.bash RENAME analyze DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${made}/_analyze DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${made}/analyze.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

# `cpack --config build/release/CPackConfig.cmake` makes an archive and a Debian package of the same tree.
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGE_CONTACT "the Chiffre project")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
