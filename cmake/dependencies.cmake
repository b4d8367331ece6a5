# Everything that is not ours, all of it packaged in Debian and Ubuntu (README, "Dependencies").
list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_package(OpenCVImgproc 4.5 REQUIRED)
find_package(JPEG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(TBB REQUIRED)
find_package(Threads REQUIRED)
find_path(STB_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb REQUIRED)
find_package(Freetype REQUIRED) # printed figures for `train` and `synthesize`
if(CHIFFRE_TESTS)
  find_package(GTest REQUIRED)
endif()

add_library(chiffre_opencv ALIAS OpenCV::imgproc)

add_library(chiffre_stb INTERFACE)
target_include_directories(chiffre_stb SYSTEM INTERFACE ${STB_INCLUDE_DIR})
