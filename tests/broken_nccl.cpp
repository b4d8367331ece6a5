// broken_nccl.cpp -- a library that says it is NCCL BROKEN_NCCL_VERSION and has nothing else.
extern "C" int ncclGetVersion(int* version);

int ncclGetVersion(int* version) {
    *version = BROKEN_NCCL_VERSION;
    return 0;
}
