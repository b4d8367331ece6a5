// evaluate.h -- what weights are worth on a labelled set, through the engine that reads photographs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "engine.h"
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

// For weights that refuse: errors of every set and, at the threshold that keeps 99 % of all digits, what is rejected.
void print_sets(std::ostream& out, Engine& engine, const std::vector<NamedSet>& sets, const ScoreMeaning& meaning);

// The samples whose label is least probable, worst first, captioned "true/answer confidence".
std::vector<Caption> worst(const LabelledTiles& samples, const Judgement& judgement, const ScoreMeaning& meaning,
                           int count);

}  // namespace chiffre::training
