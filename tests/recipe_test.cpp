// recipe_test.cpp -- recipe files: what they may say, and what they are refused for.
#include <gtest/gtest.h>

#include "error.h"
#include "training/recipe.h"
#include "training/shell_quoted.h"

namespace chiffre::training {
namespace {

void expect_refused(const std::string& text, const std::string& message) {
    try {
        parse_recipe(text, "some.recipe");
        ADD_FAILURE() << "taken: " << text;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_data);
        EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
}

TEST(Recipe, ReadsKeysAndKeepsDefaults) {
    const Recipe recipe = parse_recipe("# a comment\n epochs=7 # why\n\nhand.rotation_deg = 12.5\r\n", "a/some.recipe");
    EXPECT_EQ(recipe.name, "some");
    EXPECT_EQ(recipe.schedule.epochs, 7);
    EXPECT_EQ(recipe.hand.warp.rotation_deg, 12.5);
    EXPECT_EQ(recipe.schedule.batch, Schedule{}.batch);
    EXPECT_FALSE(recipe.refuses());
}

TEST(Recipe, MayBeginWithAByteOrderMark) {
    EXPECT_EQ(parse_recipe("\xef\xbb\xbf"
                           "epochs = 7\n",
                           "x")
                  .schedule.epochs,
              7);
}

TEST(Recipe, RefusesWhatItDoesNotKnow) {
    expect_refused("epochs = 7\nepoch = 8\n", "some.recipe:2: unknown key \"epoch\"");
    expect_refused("mix.pairs = 7\n", "unknown key \"mix.pairs\" for data = mnist");
    expect_refused("epochs = 7\nepochs = 7\n", "some.recipe:2: key \"epochs\" is given twice");
    expect_refused("epochs\n", "expected \"key = value\"");
    expect_refused("epochs = seven\n", "expected a number, found \"seven\"");
    expect_refused("epochs = 7x\n", "expected a number");
    expect_refused("epochs = 1.5\n", "expected a whole number");
    expect_refused("epochs = 0\n", "expected 1 to 100000, found 0");
    expect_refused("learning_rate = nan\n", "expected 0 to 10, found nan");
    expect_refused("optimizer = adam\n", "optimizer: expected adamw, nadam or sgd, found \"adam\"");
    expect_refused("schedule = 1\n", "schedule: expected cosine or one_cycle, found \"1\"");
    expect_refused("momentum = 1\n", "expected 0 to 0.9999, found 1");
    expect_refused("distill = 2\n", "expected 0 to 1, found 2");
    expect_refused("data = cifar\n", "expected mnist or photo, found \"cifar\"");
}

TEST(Recipe, ReadsChoices) {
    const Recipe recipe =
        parse_recipe("optimizer = sgd\nmomentum = 0.5\nschedule=one_cycle\npatience_epochs = 9\n", "x");
    EXPECT_EQ(recipe.schedule.optimizer, OptimizerKind::sgd);
    EXPECT_EQ(recipe.schedule.momentum, 0.5);
    EXPECT_EQ(recipe.schedule.shape, ScheduleShape::one_cycle);
    EXPECT_EQ(recipe.schedule.patience_epochs, 9);
    const Recipe read_back = parse_recipe(to_text(recipe), "x");
    EXPECT_EQ(read_back.schedule.optimizer, OptimizerKind::sgd);
    EXPECT_EQ(read_back.schedule.shape, ScheduleShape::one_cycle);
}

TEST(Recipe, SaysWhatAMarkThatIsNoDigitIsTakenFor) {
    EXPECT_EQ(parse_recipe("data = mnist\n", "x").no_digit_fact(), "");
    const Recipe by_default = parse_recipe("data = photo\n", "x");
    EXPECT_TRUE(by_default.refuses());
    EXPECT_EQ(by_default.no_digit_fact(), "zero_logit");
    EXPECT_EQ(to_text(parse_recipe("data = photo\nno_digit = class\n", "x")), to_text(by_default));
    const Recipe uniform = parse_recipe("no_digit = uniform\ndata = photo\n", "x");
    EXPECT_TRUE(uniform.photo());
    EXPECT_FALSE(uniform.refuses());
    EXPECT_EQ(uniform.no_digit_fact(), "uniform");
    EXPECT_EQ(to_text(parse_recipe(to_text(uniform), "x")), to_text(uniform));
    expect_refused("data = photo\nno_digit = none\n", "no_digit: expected class or uniform, found \"none\"");
    expect_refused("no_digit = uniform\n", "unknown key \"no_digit\" for data = mnist");
}

TEST(Recipe, TextReadsBackAsTheSame) {
    for (const char* data : {"data = mnist\n", "data = photo\nmix.pairs = 12\n"}) {
        const Recipe recipe = parse_recipe(std::string(data) + "learning_rate = 0.0123\nepochs = 3\n", "x");
        EXPECT_EQ(to_text(parse_recipe(to_text(recipe), "x")), to_text(recipe));
        EXPECT_EQ(parse_recipe(to_text(recipe), "x").schedule.learning_rate, 0.0123);
    }
}

TEST(ShellQuoted, IsOneWordOnOneLine) {
    EXPECT_EQ(shell_quoted("weights/recipes/mnist.recipe"), "weights/recipes/mnist.recipe");
    EXPECT_EQ(shell_quoted(""), "''");
    EXPECT_EQ(shell_quoted("a b"), "'a b'");
    EXPECT_EQ(shell_quoted("it's;"), "'it'\\''s;'");
    EXPECT_EQ(shell_quoted("a\nb's\\"), "$'a\\012b\\'s\\\\'");
}

TEST(Recipe, ThoseOfTheRepositoryAreRead) {
    EXPECT_EQ(read_recipe(CHIFFRE_SOURCE_DIR "/weights/recipes/mnist.recipe").data, "mnist");
    EXPECT_TRUE(read_recipe(CHIFFRE_SOURCE_DIR "/weights/recipes/photo.recipe").refuses());
}

}  // namespace
}  // namespace chiffre::training
