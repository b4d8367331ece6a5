// evaluate.h -- what weights are worth on a labelled set, through the engine that reads photographs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "engine.h"
#include "harvest_file.h"
#include "picture.h"
#include "samples.h"

namespace chiffre::training {

struct Judgement {
    std::vector<Scores> logits;
    int wrong = 0;
};

// refuses: no digit is a possible answer.
Judgement judge(Engine& engine, const LabelledTiles& samples, bool refuses);

// Error, confusion matrix (rows: true label, columns: answer) and reliability table.
void print_judgement(std::ostream& out, const std::string& name, const LabelledTiles& samples,
                     const Judgement& judgement, const ScoreMeaning& meaning);

// A row per set, and one each for all digits and all marks that are no digit, with the same columns whatever the
// weights take such marks for:
//   error     as training counts it (loss.h, is_wrong())
//   misread   digits whose most probable digit is another, though their probability may be low
//   rejected  the most probable digit is below the threshold that keeps 99 % of the validation sets' digits
// Exhibits have rows below, and a part in nothing else. Then the reliability table over all validation sets.
void print_sets(std::ostream& out, Engine& engine, const TrainingData& data, const ScoreMeaning& meaning);

// The tiles held back of a harvest, a row per style and one for each kind: of the digits, how many are read as another
// one and how many are refused; of what is no digit, how much is taken for one. Refused: no digit is more probable than
// each of the ten, or, with weights that cannot say so, the most probable digit has less than one half.
void print_harvest(std::ostream& out, Engine& engine, const Harvest& harvest, const ScoreMeaning& meaning);

// The samples whose label is least probable, worst first, captioned "LABEL as ANSWER CONFIDENCE%", "-" for no digit.
std::vector<Caption> worst(const LabelledTiles& samples, const Judgement& judgement, const ScoreMeaning& meaning,
                           int count);

}  // namespace chiffre::training
