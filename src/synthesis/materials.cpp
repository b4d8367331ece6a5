// materials.cpp -- tables of inks, papers, boards and displays.
#include "synthesis/materials.h"

#include <algorithm>
#include <array>

namespace chiffre::synthesis {

namespace {

constexpr float kLeastCoarsePen = 0.08f;  // digit heights: a pixel at 12 pixels

struct Ink {
    const char* name;
    Colour colour;
};
constexpr Ink kBlack{"black", {32, 32, 38}};
constexpr std::array<Ink, 4> kInks = {
    {{"blue", {34, 52, 140}}, {"light blue", {50, 90, 185}}, {"red", {176, 32, 44}}, {"green", {20, 105, 60}}}};
constexpr Ink kPencil{"pencil", {92, 92, 98}};

struct Paper {
    const char* name;
    Colour colour;
};
constexpr Paper kWhite{"white", {236, 236, 234}};
constexpr std::array<Paper, 6> kTinted = {{{"cream", {238, 228, 200}},
                                           {"recycled", {203, 197, 184}},
                                           {"yellow", {244, 226, 120}},
                                           {"pink", {240, 200, 206}},
                                           {"blue", {190, 212, 232}},
                                           {"green", {196, 224, 190}}}};

struct Board {
    const char *paper, *ink;
    Colour paper_colour, ink_colour;
    float ink_density, grain, texture;
};
constexpr std::array<Board, 4> kBoards = {
    {{"green board", "chalk", {44, 72, 60}, {225, 228, 222}, 0.92f, 0.45f, 0.12f},
     {"black board", "chalk", {42, 44, 46}, {228, 226, 222}, 0.92f, 0.45f, 0.12f},
     {"black paper", "white pen", {34, 33, 36}, {232, 230, 226}, 0.96f, 0.1f, 0.05f},
     {"screen", "white", {8, 8, 10}, {245, 245, 245}, 1, 0, 0}}};

struct Lamp {
    const char* name;
    Colour colour;
};
constexpr std::array<Lamp, 6> kLamps = {{{"red LED", {255, 36, 30}},
                                         {"red LED", {255, 60, 40}},
                                         {"green LED", {70, 250, 90}},
                                         {"amber LED", {255, 165, 30}},
                                         {"blue LED", {80, 150, 255}},
                                         {"white LED", {232, 242, 255}}}};

constexpr std::array<Colour, 4> kLiquidCrystals = {
    {{158, 168, 146}, {186, 190, 182}, {170, 180, 120}, {140, 152, 156}}};
constexpr std::array<Colour, 5> kHousings = {
    {{24, 24, 27}, {58, 60, 64}, {128, 130, 134}, {206, 206, 204}, {235, 235, 232}}};

Colour between(const Colour& a, const Colour& b, float share_of_b) {
    return {a.r + (b.r - a.r) * share_of_b, a.g + (b.g - a.g) * share_of_b, a.b + (b.b - a.b) * share_of_b};
}

}  // namespace

Colour varied(Colour colour, float range, Random& random) {
    const float all = random.symmetric(range);
    const auto channel = [&](float value) {
        return std::clamp(value + all + random.symmetric(range / 3), 0.0f, 255.0f);
    };
    return {channel(colour.r), channel(colour.g), channel(colour.b)};
}

void draw_materials(Scene& scene, Hand& hand, const Effects& has, Random& random) {
    Ink ink = has(Effect::colour) ? kInks[random.below(kInks.size())] : kBlack;
    Paper paper = has(Effect::tinted) ? kTinted[random.below(kTinted.size())] : kWhite;
    scene.ink_density = random.uniform(0.86f, 1.0f);
    scene.grain = 0.06f;
    scene.texture = has(Effect::texture) ? random.uniform(0.006f, 0.035f) : 0;
    if (has(Effect::pencil)) {
        ink = kPencil;
        scene.ink_density = random.uniform(0.62f, 0.9f);
        scene.grain = random.uniform(0.15f, 0.4f);
        hand.pen_width = random.uniform(0.05f, 0.085f);
    }
    scene.ink = ink.name, scene.ink_colour = varied(ink.colour, 10, random);
    scene.paper = paper.name, scene.paper_colour = varied(paper.colour, 8, random);
    if (has(Effect::faint)) {
        Random own = has.numbers(Effect::faint);
        scene.ink_density *= own.uniform(0.2f, 0.5f);
        scene.grain = own.uniform(0.1f, 0.3f);
    }
    if (has(Effect::coarse)) hand.pen_width = std::max(hand.pen_width, kLeastCoarsePen);
    if (!has(Effect::board)) return;
    const Board& board = kBoards[random.below(kBoards.size())];
    scene.paper = board.paper, scene.ink = board.ink;
    scene.paper_colour = varied(board.paper_colour, 6, random), scene.ink_colour = varied(board.ink_colour, 8, random);
    scene.ink_density = board.ink_density, scene.grain = board.grain, scene.texture = board.texture;
    hand.pen_width = std::max(hand.pen_width, 0.07f);
}

void draw_display_materials(Scene& scene, const Effects& has) {
    Random own = has.numbers(Effect::display);
    own.go_to(kDisplayMaterialDraws);
    constexpr Colour kWhiteLight{255, 255, 255};
    scene.ink_density = 1, scene.grain = 0, scene.texture = 0;
    scene.table_colour = varied(kHousings[own.below(kHousings.size())], 10, own);
    scene.table_grain = 0.006f;
    scene.housing = own.chance(0.6f);
    if (own.chance(0.6f)) {
        const Lamp& lamp = kLamps[own.below(kLamps.size())];
        scene.ink = lamp.name, scene.paper = "dark panel";
        // A bright lamp saturates the sensor: its core is nearly white.
        scene.ink_colour = between(lamp.colour, kWhiteLight, own.uniform(0.0f, 0.4f));
        scene.glow_colour = lamp.colour;
        scene.paper_colour = between({10, 10, 12}, lamp.colour, own.uniform(0.0f, 0.1f));
        scene.glow = own.uniform(0.1f, 0.55f);
        scene.glow_px = own.uniform(0.06f, 0.16f);  // digit heights until the digits' size is known
        return;
    }
    scene.ink = "LCD", scene.paper = "grey panel";
    scene.paper_colour = varied(kLiquidCrystals[own.below(kLiquidCrystals.size())], 14, own);
    scene.ink_colour = varied({38, 42, 44}, 12, own);
    scene.ink_density = own.uniform(0.75f, 1.0f);
    if (!own.chance(0.2f)) return;
    std::swap(scene.paper_colour, scene.ink_colour);  // lit from behind
    scene.paper = "backlit panel";
}

Colour draw_line_colour(Random& random) {
    constexpr std::array<Colour, 4> kPrint = {{{40, 40, 44}, {110, 112, 118}, {70, 90, 150}, {150, 70, 60}}};
    return varied(kPrint[random.below(random.chance(0.7f) ? 2 : kPrint.size())], 14, random);
}

Colour draw_ink_colour(Random& random) {
    const int drawn = random.below(static_cast<int>(kInks.size()) + 1);
    return drawn == 0 ? kBlack.colour : kInks[drawn - 1].colour;
}

}  // namespace chiffre::synthesis
