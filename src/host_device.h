// host_device.h -- marks functions that CPU and GPU code share: one text, so that both compute the same.
#pragma once

#ifdef __CUDACC__
#define CHIFFRE_HOST_DEVICE __host__ __device__
#else
#define CHIFFRE_HOST_DEVICE
#endif
