// default_weights.S -- weights/lenet5.safetensors as bytes of the library, so that `analyze` is one file and starts at
// once. CHIFFRE_DEFAULT_WEIGHTS is its quoted path (src/CMakeLists.txt). Nothing here depends on the processor.

    .section .rodata
    .balign 8
    .globl chiffre_default_weights
    .hidden chiffre_default_weights
    .type chiffre_default_weights, %object
chiffre_default_weights:
    .incbin CHIFFRE_DEFAULT_WEIGHTS
    .size chiffre_default_weights, . - chiffre_default_weights

    .globl chiffre_default_weights_end
    .hidden chiffre_default_weights_end
    .type chiffre_default_weights_end, %object
chiffre_default_weights_end:
    .byte 0
    .size chiffre_default_weights_end, 1

    // The stack need not be executable.
    .section .note.GNU-stack, "", %progbits
