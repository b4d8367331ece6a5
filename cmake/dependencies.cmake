# Everything that is not ours, all of it packaged in Debian and Ubuntu (README, "Dependencies").
find_package(OpenCV REQUIRED COMPONENTS core imgproc)
find_package(JPEG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(TBB REQUIRED)
find_package(Threads REQUIRED)
find_path(STB_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb REQUIRED)
find_package(Freetype QUIET) # printed figures for `train`
if(CHIFFRE_TESTS)
  find_package(GTest REQUIRED)
endif()
find_package(benchmark REQUIRED)

# OpenCV's own list of include folders is treated as the system's, so that its warnings are not ours.
add_library(chiffre_opencv INTERFACE)
target_include_directories(chiffre_opencv SYSTEM INTERFACE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(chiffre_opencv INTERFACE opencv_core opencv_imgproc)

add_library(chiffre_stb INTERFACE)
target_include_directories(chiffre_stb SYSTEM INTERFACE ${STB_INCLUDE_DIR})
