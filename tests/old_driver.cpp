// old_driver.cpp -- a libcuda.so.1 that says it is of CUDA 11.4, and so is older than what the run-time asks for.
extern "C" {
int cuDriverGetVersion(int* version);
int cuInit(unsigned flags);
int cuGetProcAddress(const char* symbol, void** function, int version, unsigned long long flags);
}

int cuDriverGetVersion(int* version) {
    *version = 11040;
    return 0;
}

int cuInit(unsigned) {
    return 0;
}

int cuGetProcAddress(const char*, void** function, int, unsigned long long) {
    *function = nullptr;
    return 500;  // CUDA_ERROR_NOT_FOUND
}
