// orientation.h -- which way up a page is, told by how well it reads.
#pragma once

#include <array>
#include <span>

#include "assemble.h"
#include "turn.h"

namespace chiffre {

// What the digits of a reading say for its being the right way up: for each but the 1s, which a line or a stroke makes
// of any page, by how much its log-odds exceed those of a doubtful digit. 4.8 for a digit that is plain.
float evidence_of(std::span<const Row> rows);

// The same of a page that was assembled, by what the network makes of each digit alone: how the digits of a row go
// together says little of which way up they are. scores: of the tiles of its candidates.
float evidence_of(const Assembly& assembly, std::span<const Scores> scores, const ScoreMeaning& meaning);

// Whether a page with `marks` marks reads so poorly that it is worth trying other ways up.
bool is_doubtful(float evidence, std::size_t marks);

// evidence[q]: of the page turned by q quarters. How likely each is the right way up; that the page lies so as it is is
// taken to be likely beforehand.
std::array<float, kTurns> likelihoods(const std::array<float, kTurns>& evidence);
Orientation decide(const std::array<float, kTurns>& evidence);

}  // namespace chiffre
