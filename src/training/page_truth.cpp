// page_truth.cpp -- everything on the page is drawn once more, each thing by itself.
#include "page_truth.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <limits>

namespace chiffre::training {
namespace {

constexpr int kInked = 90;          // of 255 of a pixel: less is the soft edge of a stroke, or a very thin one
constexpr float kRim_px = 1.5f;     // that binarization may add to a stroke ...
constexpr float kRimOfBlur = 1.5f;  // ... and this many standard deviations of the blur

class Owners {
  public:
    explicit Owners(cv::Size size)
        : owner_(size, CV_16SC1, cv::Scalar(0)),
          under_(size, CV_16SC1, cv::Scalar(0)),
          cover_(size, CV_8UC1, cv::Scalar(0)),
          drawn_(size, CV_8UC1, cv::Scalar(0)) {}

    void add(const Thing& thing, const synthesis::Shape& shape) {
        things_.push_back(thing);
        add_to_last(render(shape, drawn_));
    }

    // Of two digits that overlap, a pixel belongs to the one that covers more of it, and then to the other; digits hide
    // what else is there.
    void begin_digits() {
        cover_.setTo(0);
        first_digit_ = static_cast<short>(things_.size() + 1);
    }

    PageTruth take(const cv::Rect& seen, float rim_px) {
        PageTruth truth;
        truth.things = std::move(things_);
        const cv::Mat owner = owner_(seen).clone();
        truth.under = under_(seen).clone();
        truth.inked = owner > 0;
        for (int y = 0; y < owner.rows; ++y)
            for (int x = 0; x < owner.cols; ++x)
                for (const int id : {owner.at<short>(y, x), truth.under.at<short>(y, x)})
                    if (id > 0) ++truth.things[static_cast<std::size_t>(id - 1)].ink_px;
        truth.owner = with_rim(owner, truth.inked, rim_px);
        return truth;
    }

  private:
    void add_to_last(const cv::Rect& box) {
        const auto id = static_cast<short>(things_.size());
        for (int y = box.y; y < box.br().y; ++y)
            for (int x = box.x; x < box.br().x; ++x) {
                std::uint8_t& drawn = drawn_.at<std::uint8_t>(y, x);
                std::uint8_t& cover = cover_.at<std::uint8_t>(y, x);
                short &owner = owner_.at<short>(y, x), &under = under_.at<short>(y, x);
                if (drawn >= kInked) {
                    const bool covers_more = drawn > cover, is_digit_there = cover > 0 && owner >= first_digit_;
                    if (is_digit_there) under = covers_more ? owner : id;
                    if (covers_more) {
                        owner = id;
                        cover = drawn;
                    }
                }
                drawn = 0;
            }
    }

    // Pixels near ink are its owner's, too.
    static cv::Mat with_rim(const cv::Mat& owner, const cv::Mat& inked, float rim_px) {
        cv::Mat distance, nearest;
        cv::distanceTransform(inked == 0, distance, nearest, cv::DIST_L2, cv::DIST_MASK_5, cv::DIST_LABEL_PIXEL);
        std::vector<short> owner_of(1, 0);  // by OpenCV's numbers of the inked pixels
        for (int y = 0; y < owner.rows; ++y)
            for (int x = 0; x < owner.cols; ++x) {
                if (!inked.at<std::uint8_t>(y, x)) continue;
                const auto number = static_cast<std::size_t>(nearest.at<int>(y, x));
                if (owner_of.size() <= number) owner_of.resize(number + 1);
                owner_of[number] = owner.at<short>(y, x);
            }
        cv::Mat rimmed = owner.clone();
        if (owner_of.size() == 1) return rimmed;
        for (int y = 0; y < owner.rows; ++y)
            for (int x = 0; x < owner.cols; ++x)
                if (!inked.at<std::uint8_t>(y, x) && distance.at<float>(y, x) <= rim_px)
                    rimmed.at<short>(y, x) = owner_of[static_cast<std::size_t>(nearest.at<int>(y, x))];
        return rimmed;
    }

    std::vector<Thing> things_;
    short first_digit_ = std::numeric_limits<short>::max();
    cv::Mat owner_, under_, cover_, drawn_;
};

}  // namespace

PageTruth truth_of(const synthesis::Scene& scene, const cv::Rect& seen) {
    using synthesis::Shape;
    Owners owners({scene.width, scene.height});
    if (!scene.ruling_strokes.empty()) owners.add({.beneath = true}, Shape{scene.ruling_strokes, {}});
    for (const synthesis::Layer& layer : scene.beneath)
        for (const Shape& shape : layer.shapes) owners.add({.sign = shape.sign, .beneath = true}, shape);
    for (const Shape& mark : scene.marks) owners.add({.sign = mark.sign}, mark);
    owners.begin_digits();
    for (const synthesis::WrittenRow& row : scene.rows)
        for (const synthesis::WrittenDigit& written : row) owners.add({.digit = written.digit}, written.shape);
    PageTruth truth = owners.take(seen, kRim_px + kRimOfBlur * scene.blur_px);
    truth.printed = !scene.printed.empty();
    truth.mirrored =
        std::find(scene.effects.begin(), scene.effects.end(), synthesis::Effect::bleed) != scene.effects.end();
    return truth;
}

}  // namespace chiffre::training
