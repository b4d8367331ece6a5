// fallback_engine.cpp -- what fallback_engine.h promises.
#include "fallback_engine.h"

#include <utility>

#include "error.h"

namespace chiffre {

FallbackEngine::FallbackEngine(std::unique_ptr<Engine> primary, Open open_substitute, Notice notice)
    : engine_(std::move(primary)), open_substitute_(std::move(open_substitute)), notice_(std::move(notice)) {}

void FallbackEngine::classify(std::span<const Tile> tiles, std::span<Scores> scores) {
    try {
        engine_->classify(tiles, scores);
        return;
    } catch (const Error& e) {
        if (e.code() != ErrorCode::no_device || !open_substitute_) throw;
        engine_ = std::exchange(open_substitute_, nullptr)();
        if (notice_) notice_(std::string(e.what()) + "; going on on the CPU in fp32");
    }
    engine_->classify(tiles, scores);
}

}  // namespace chiffre
