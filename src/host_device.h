// host_device.h -- marks a function that is compiled for the CPU and, where nvcc compiles it, for the GPU too.
#pragma once

#ifdef __CUDACC__
#define CHIFFRE_HOST_DEVICE __host__ __device__
#else
#define CHIFFRE_HOST_DEVICE
#endif
