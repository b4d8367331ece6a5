// outlined.h -- digits drawn as an outline are read as if they were filled.
#pragma once

#include "page.h"

namespace chiffre {

// Where marks that were read as no digit are outlines, and some, filled, surely look like digits, the page is read with
// them filled; it stays as it was if that does not read better.
void read_outlined(Page& page, const Means& means);

}  // namespace chiffre
