// style.h -- digits of a page mostly are of one hand or font: a doubtful one is compared with those that were read
// surely. Source of the idea: Sarkar and Nagy, "Style consistent classification of isogenous patterns", PAMI 2005.
#pragma once

#include "page.h"

namespace chiffre {

// Changes the scores of the page's doubtful digits by how much they look like its sure ones. Returns whether there were
// any; nothing happens where the page has too few digits to tell how much alike its digits are.
bool compare_with_page(Page& page, const ScoreMeaning& meaning);

}  // namespace chiffre
