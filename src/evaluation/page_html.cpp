// page_html.cpp -- failures -> HTML.
#include "evaluation/page_html.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "evaluation/page_assets.h"

namespace chiffre::evaluation {
namespace {

std::string per_cent(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
    return text;
}

std::string marked(const char* kind, char c) {
    return std::string("<b class=").append(kind).append(">").append(1, c).append("</b>");
}

// Draws the pairs of lines, column by column.
class Difference {
  public:
    Difference(const Label& label, const std::vector<std::string>& got) : want_rows_(label.rows) {
        for (const std::string& row : got) read_breaks_.insert(read_total_ += row.size());
    }

    void add(Step step) {
        const bool row_full = want_row_ < want_rows_.size() && in_row_ == want_rows_[want_row_].size();
        const bool invented = step.want == kNone;
        if (row_full && (!invented || at_read_break())) next_line();
        if (step.got != kNone && at_read_break() && handled_ != read_) {
            above_ += ' ';
            below_ += '|';
            handled_ = read_;
        }
        column(step);
        in_row_ += !invented;
        read_ += step.got != kNone;
    }

    std::string html() {
        flush();
        return "<pre class=diff>" + text_ + "</pre>\n";
    }

  private:
    bool at_read_break() const { return read_ == 0 || read_breaks_.contains(read_); }

    void next_line() {
        if (at_read_break())
            handled_ = read_;
        else
            below_ += '+';
        flush();
        ++want_row_;
        in_row_ = 0;
    }

    void column(Step step) {
        if (step.right()) {
            above_ += step.want;
            below_ += step.got;
        } else if (step.got == kNone) {
            above_ += marked("m", step.want);
            below_ += ' ';
        } else {
            above_ += step.want == kNone ? std::string(" ") : marked("s", step.want);
            below_ += marked(step.got == '?' ? "r" : step.want == kNone ? "i" : "s", step.got);
        }
    }

    void flush() {
        const std::string pair = above_ == below_ ? "both " + above_ : "true " + above_ + "\nread " + below_;
        text_ += "<span>" + pair + "</span>";
        above_.clear();
        below_.clear();
    }

    const std::vector<std::string>& want_rows_;
    std::set<std::size_t> read_breaks_;  // after so many digits read
    std::size_t read_total_ = 0;
    std::size_t want_row_ = 0, in_row_ = 0;  // the true digit that comes next
    std::size_t read_ = 0;                   // digits read so far
    std::size_t handled_ = 0;                // the break after so many has been shown
    std::string above_, below_, text_;
};

std::string image_html(const PageImage& image, const std::string& link, const std::string& name) {
    return "<a href=\"" + escaped(link) +
           "\" target=_blank><img loading=lazy decoding=async width=" + std::to_string(image.width) +
           " height=" + std::to_string(image.height) + " src=\"" + escaped(image.file) + "\" alt=\"" +
           escaped(image.caption + " of " + name) + "\"></a>";
}

// Every digit that is not quite sure has its probability in per cent beside it.
std::string rows_html(const Reading& reading) {
    constexpr float kQuiteSure = 0.995f;
    std::string html = "<details><summary>confidences</summary><p class=rows>\n";
    for (const Row& row : reading.rows) {
        for (const Digit& digit : row.digits) {
            if (digit.starts_group) html += ' ';
            html += digit.digit;
            if (digit.confidence < kQuiteSure)
                html += "<sub>" + std::to_string(std::lround(100 * digit.confidence)) + "</sub>";
        }
        html += " <sub>row " + per_cent(static_cast<double>(row.confidence)) + "</sub><br>\n";
    }
    return html + "</p></details>\n";
}

std::string groups_line(const Label& label) {
    std::string line;
    for (const std::string& group : groups_of(label))
        if (group != "all" && group != "digits only") line += (line.empty() ? "" : " &middot; ") + escaped(group);
    return line;
}

std::string verdict_line(const Miss& miss) {
    if (miss.failure) return escaped(miss.failure->message);
    std::string line = miss.verdict.exact ? "rows break elsewhere" : faults_text(miss.verdict.steps);
    if (!miss.verdict.picture.empty()) line += "; confidence " + per_cent(miss.verdict.picture.front().confidence);
    return escaped(line);
}

}  // namespace

std::string escaped(const std::string& text) {
    // The JSON library knows what is UTF-8; the string comes back without its quotes and escapes.
    const nlohmann::json valid =
        nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    std::string html;
    for (const char c : valid.get<std::string>()) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            default:
                html += c;
        }
    }
    return html;
}

std::string difference_html(const Label& label, const std::vector<std::string>& got, const std::vector<Step>& steps) {
    Difference difference(label, got);
    for (const Step& step : steps) difference.add(step);
    return difference.html();
}

std::string faults_text(const std::vector<Step>& steps) {
    std::vector<std::pair<std::string, int>> faults;
    for (const Step& step : steps) {
        if (step.right()) continue;
        std::string fault;
        if (step.got == kNone)
            fault = std::string("missed ") + step.want;
        else if (step.want == kNone)
            fault = std::string("invented ") + step.got;
        else
            fault = std::string(1, step.want) + ">" + step.got;
        const auto known = std::find_if(faults.begin(), faults.end(), [&](const auto& f) { return f.first == fault; });
        if (known == faults.end())
            faults.emplace_back(fault, 1);
        else
            ++known->second;
    }
    std::stable_sort(faults.begin(), faults.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text;
    for (const auto& [fault, times] : faults) {
        text += (text.empty() ? "" : ", ") + fault;
        if (times > 1) text += " (" + std::to_string(times) + " times)";
    }
    return text;
}

std::string entry_html(int number, const Miss& miss, const Reading* reading, const PageImages& images) {
    const double confidence = miss.verdict.picture.empty() ? -1 : miss.verdict.picture.front().confidence;
    std::string html = "<article data-order=" + std::to_string(number) +
                       " data-distance=" + std::to_string(distance(miss.verdict.steps)) +
                       " data-confidence=" + std::to_string(confidence) + ">\n";
    const std::string& large = images.stages.empty() ? images.photo.file : images.stages.front().file;
    if (!images.photo.file.empty()) html += image_html(images.photo, large, miss.label.file) + "\n";
    html += "<div><h2 class=find>" + escaped(miss.label.file) + "</h2>\n<p class=\"groups find\">" +
            groups_line(miss.label) + "</p>\n";
    html += difference_html(miss.label, miss.got, miss.verdict.steps);
    html += "<p class=find>" + verdict_line(miss) + "</p>\n";
    html += "<p class=find hidden>" + joined(miss.label.rows, " ") + " " + joined(miss.got, " ") + "</p>\n";
    if (reading != nullptr && !reading->rows.empty()) html += rows_html(*reading);
    if (!images.stages.empty()) {
        html += "<details><summary>stages</summary>\n";
        for (const PageImage& stage : images.stages)
            html += "<figure><figcaption>" + escaped(stage.caption) + "</figcaption>" +
                    image_html(stage, stage.file, miss.label.file) + "</figure>\n";
        html += "</details>\n";
    }
    return html + "</div></article>\n";
}

std::string page_html(const Subject& subject, const Statistics& statistics, const std::vector<std::string>& entries) {
    std::string html = std::string(kPageMark) + "<html lang=en><meta charset=utf-8>\n" +
                       "<meta name=viewport content=\"width=device-width\">\n<title>Failures of " +
                       escaped(subject.labels) + "</title>\n<style>" + kPageStyle + "</style>\n<h1>" +
                       std::to_string(entries.size()) + " of " + std::to_string(subject.pictures) + " pictures of " +
                       escaped(subject.labels) + " not read right</h1>\n<details><summary>All figures</summary><pre>" +
                       escaped(evaluation_text(subject, statistics)) + "</pre></details>\n";
    html +=
        "<nav><input id=filter type=search placeholder=\"words: a file, a trait, digits, 4&gt;9, missed, invented\" "
        "aria-label=filter>\n<select id=order aria-label=order><option value=order>in the order of the labels</option>"
        "<option value=distance>most digits wrong first</option><option value=confidence>surest first</option></select>"
        "\n<span id=count></span></nav>\n<p class=legend><b class=s>read wrong</b> <b class=m>missed</b> "
        "<b class=i>invented</b> <b class=r>rejected</b> | a row breaks where no true one does, + it goes on where a "
        "true one ends</p>\n<main id=list>\n";
    for (const std::string& entry : entries) html += entry;
    return html + "</main>\n<script>" + kPageScript + "</script>\n</html>\n";
}

}  // namespace chiffre::evaluation
