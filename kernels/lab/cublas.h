// cublas.h -- NVIDIA's own multiplication, as the yardstick. The library (600 MB with what it needs) is looked for when
// it is asked for: neither building nor starting `bench` needs it.
#pragma once

#include <memory>
#include <string>

struct CUstream_st;

namespace chiffre::cuda {

class Cublas {
  public:
    // None where the library is missing or does not start; `why_not` then says why.
    static std::unique_ptr<Cublas> open(std::string& why_not);
    ~Cublas();

    // c (n, n) = a (n, p) b (p, n), row-major, in the GPU's memory, IEEE single precision (no TF32). Asynchronous.
    // Throws std::runtime_error.
    void multiply(float* c, const float* a, const float* b, int n, int p, CUstream_st* stream) const;

  private:
    struct Library;
    explicit Cublas(std::unique_ptr<Library> library);
    std::unique_ptr<Library> library_;
};

}  // namespace chiffre::cuda
