// default_weights.S -- weights/lenet5.safetensors and weights/context.safetensors as bytes of the library, so that
// `analyze` is one file and starts at once. CHIFFRE_DEFAULT_WEIGHTS and CHIFFRE_CONTEXT_WEIGHTS are their quoted paths
// (src/CMakeLists.txt). Nothing here depends on the processor.

    .macro weights name, path
    .balign 8
    .globl \name
    .hidden \name
    .type \name, %object
\name:
    .incbin "\path"
    .size \name, . - \name

    .globl \name\()_end
    .hidden \name\()_end
    .type \name\()_end, %object
\name\()_end:
    .byte 0
    .size \name\()_end, 1
    .endm

    .section .rodata
    weights chiffre_default_weights, CHIFFRE_DEFAULT_WEIGHTS
    weights chiffre_context_weights, CHIFFRE_CONTEXT_WEIGHTS

    // The stack need not be executable.
    .section .note.GNU-stack, "", %progbits
