# OpenCV's core and imgproc alone. OpenCV's own OpenCVConfig.cmake lies, in Debian and Ubuntu, in libopencv-dev, which
# brings every module and half a desktop (VTK, Qt, GDAL); libopencv-core-dev and libopencv-imgproc-dev hold no CMake or
# pkg-config file. An OpenCV elsewhere is found through CMAKE_PREFIX_PATH.
#
# Defines OpenCV::core and OpenCV::imgproc.
find_path(OpenCVImgproc_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4)
find_library(OpenCVImgproc_core_LIBRARY opencv_core)
find_library(OpenCVImgproc_imgproc_LIBRARY opencv_imgproc)
mark_as_advanced(OpenCVImgproc_INCLUDE_DIR OpenCVImgproc_core_LIBRARY OpenCVImgproc_imgproc_LIBRARY)

if(OpenCVImgproc_INCLUDE_DIR)
  set(_numbers "")
  foreach(_part MAJOR MINOR REVISION)
    file(STRINGS ${OpenCVImgproc_INCLUDE_DIR}/opencv2/core/version.hpp _line REGEX "#define CV_VERSION_${_part} ")
    string(REGEX MATCH "[0-9]+" _number "${_line}")
    list(APPEND _numbers "${_number}")
  endforeach()
  list(JOIN _numbers "." OpenCVImgproc_VERSION)
  unset(_numbers)
  unset(_number)
  unset(_line)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCVImgproc
  REQUIRED_VARS OpenCVImgproc_imgproc_LIBRARY OpenCVImgproc_core_LIBRARY OpenCVImgproc_INCLUDE_DIR
  VERSION_VAR OpenCVImgproc_VERSION)

if(OpenCVImgproc_FOUND AND NOT TARGET OpenCV::imgproc)
  add_library(OpenCV::core UNKNOWN IMPORTED)
  set_target_properties(OpenCV::core PROPERTIES
    IMPORTED_LOCATION "${OpenCVImgproc_core_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OpenCVImgproc_INCLUDE_DIR}")
  add_library(OpenCV::imgproc UNKNOWN IMPORTED)
  set_target_properties(OpenCV::imgproc PROPERTIES
    IMPORTED_LOCATION "${OpenCVImgproc_imgproc_LIBRARY}"
    INTERFACE_LINK_LIBRARIES OpenCV::core)
endif()
