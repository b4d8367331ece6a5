// multiversion.h -- compiles a pixel loop for several instruction sets and takes the best at run time. The loops it
// stands before hold no operation that rounds differently between them (floating-point contraction is off for the
// libraries they are in), so that every machine makes the same tiles.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define CHIFFRE_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CHIFFRE_MULTIVERSION
#endif
