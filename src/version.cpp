// version.cpp -- the print-out of --version. Versions are those of the libraries that run, where they can tell.
#include "version.h"

#include <jconfig.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "cpu/isa.h"
#include "engine.h"
#include "lenet5.h"

namespace chiffre {

#define CHIFFRE_TEXT_OF(macro) CHIFFRE_QUOTE(macro)
#define CHIFFRE_QUOTE(text) #text

static std::string libraries() {
    const std::string json = std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
                             std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
                             std::to_string(NLOHMANN_JSON_VERSION_PATCH);
    return "OpenCV " + cv::getVersionString() +
           ", libjpeg-turbo " CHIFFRE_TEXT_OF(LIBJPEG_TURBO_VERSION) ", stb_image " + CHIFFRE_STB_IMAGE_VERSION +
           ", CLI11 " + CLI11_VERSION + ", nlohmann-json " + json;
}

static std::string shape(const Shape& s) {
    return std::to_string(s.c) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w);
}

static std::string kind(const Layer& layer) {
    const std::string window = std::to_string(layer.k) + "x" + std::to_string(layer.k);
    switch (layer.kind) {
        case LayerKind::convolution:
            return "convolution " + window;
        case LayerKind::mean_pooling:
            return "mean " + window;
        case LayerKind::dense:
            return "dense";
    }
    return "";
}

static std::string layer_table() {
    std::string table;
    for (const Layer& layer : kLayers) {
        char line[96];
        std::snprintf(line, sizeof line, "  %-7.*s %-16s %8s -> %-8s %-5s %6d\n", static_cast<int>(layer.name.size()),
                      layer.name.data(), kind(layer).c_str(), shape(layer.in).c_str(), shape(layer.out).c_str(),
                      layer.tanh ? "tanh" : "", layer.parameters());
        table += line;
    }
    return table;
}

std::string version_text(const std::string& weights) {
    return std::string("analyze ") + CHIFFRE_VERSION + "\n" +               //
           "libraries  " + libraries() + "\n" +                             //
           "CPU        " + std::string(cpu::chosen_kernels().isa) + "\n" +  //
           "CUDA       " + (cuda_build().empty() ? "not built in" : cuda_build()) + "\n" + "weights    " + weights +
           "\n" + "network    LeNet-5, " + std::to_string(kParameters) + " parameters\n" + layer_table();
}

}  // namespace chiffre
