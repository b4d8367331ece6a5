// page_files.S -- the page itself, page/index.html and what it loads, as bytes of the program. The quoted paths come
// from src/CMakeLists.txt. Nothing here depends on the processor.

    .macro page_file name, path
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
    page_file chiffre_page_html, CHIFFRE_PAGE_HTML
    page_file chiffre_page_css, CHIFFRE_PAGE_CSS
    page_file chiffre_page_js, CHIFFRE_PAGE_JS
    page_file chiffre_photo_js, CHIFFRE_PHOTO_JS

    // The stack need not be executable.
    .section .note.GNU-stack, "", %progbits
