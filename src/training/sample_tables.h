// sample_tables.h -- computes what kernels read of a sample plan.
#pragma once

#include <memory>
#include <vector>

#include "sample_plan.h"
#include "sample_view.h"

namespace chiffre::training {

class SampleTables {
  public:
    explicit SampleTables(std::shared_ptr<const SamplePlan> plan);
    SampleTables(const SampleTables&) = delete;
    SampleTables& operator=(const SampleTables&) = delete;

    // Into this object's memory and the plan's.
    const SampleView& view() const { return view_; }

  private:
    std::shared_ptr<const SamplePlan> plan_;
    std::vector<KindView> kinds_;
    std::vector<ShapeFamily> families_;
    std::vector<NodeTaps> taps_;
    std::vector<Curve> curves_;
    std::vector<std::int8_t> noise_;
    SampleView view_;
};

}  // namespace chiffre::training
