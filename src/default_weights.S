// default_weights.S -- weights/lenet5.safetensors and weights/context.safetensors as bytes of the library, so that
// `analyze` is one file and starts at once. CHIFFRE_DEFAULT_WEIGHTS and CHIFFRE_CONTEXT_WEIGHTS are their quoted paths
// (src/CMakeLists.txt).

#include "embed.inc"

    .section .rodata
    embed chiffre_default_weights, CHIFFRE_DEFAULT_WEIGHTS
    embed chiffre_context_weights, CHIFFRE_CONTEXT_WEIGHTS

    // The stack need not be executable.
    .section .note.GNU-stack, "", %progbits
