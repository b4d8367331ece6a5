// matrix_cpu.h -- addition and multiplication of matrices on the CPU: plainly, and as fast as a page of code gets.
#pragma once

#include "bench/crew.h"
#include "bench/matrix_loops.h"

namespace chiffre::bench {

// The loops of the fastest instruction set of this machine, or of the one that CHIFFRE_ISA names.
// Throws Error(usage) where it names none of them.
const cpu::MatrixLoops& chosen_matrix_loops();

// c = a + b, all (rows, cols), row-major. One element after the other, one thread.
void add_plainly(float* c, const float* a, const float* b, int rows, int cols);
// c (n, n) = a (n, p) b (p, n): three loops, as the definition has them.
void multiply_plainly(float* c, const float* a, const float* b, int n, int p);

// The same on all threads of the crew, in vectors, blocked for registers and caches.
void add_threaded(float* c, const float* a, const float* b, int rows, int cols, Crew& crew);
void multiply_blocked(float* c, const float* a, const float* b, int n, int p, Crew& crew);

}  // namespace chiffre::bench
