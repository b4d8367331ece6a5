// page_files.S -- the page itself, page/index.html and what it loads, as bytes of the program. The quoted paths come
// from src/CMakeLists.txt.

#include "embed.inc"

    .section .rodata
    embed chiffre_page_html, CHIFFRE_PAGE_HTML
    embed chiffre_page_css, CHIFFRE_PAGE_CSS
    embed chiffre_page_js, CHIFFRE_PAGE_JS
    embed chiffre_photo_js, CHIFFRE_PHOTO_JS

    // The stack need not be executable.
    .section .note.GNU-stack, "", %progbits
