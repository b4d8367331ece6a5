// bench.h -- the areas that `bench` measures, one file each. Each function first checks that its contestants give the
// same answer (Error(bad_data) where not), then registers them.
#pragma once

namespace chiffre::bench {

// Reading and training on one core, for every instruction set of this machine.
void register_engine();

// One photo of 12 megapixels: the process `analyze` beside `djpeg`, and the stages of read_photo. Checks when it runs.
void register_photo();

}  // namespace chiffre::bench
