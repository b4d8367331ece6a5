// page_html.h -- the text of the page of failures: what it says, not where its files are.
#pragma once

#include <string>
#include <vector>

#include "evaluation/report.h"
#include "reading.h"
#include "report/page_pictures.h"

namespace chiffre::evaluation {

struct PageImages {
    PageImage photo;  // small; without a file: there is none
    std::vector<PageImage> stages;
};

// Text as HTML takes it; bytes that are not UTF-8 become U+FFFD.
std::string escaped(const std::string& text);

// The truth above the reading, a pair of lines for each true row, columns aligned, or one line where both are the same.
// What is wrong is marked:
//   <b class=s> read wrong  <b class=m> missed  <b class=i> invented  <b class=r> rejected, '?'
//   "|" a row of the reading breaks where no true one does; "+" it goes on where a true one ends
std::string difference_html(const Label& label, const std::vector<std::string>& got, const std::vector<Step>& steps);

// "4>9 (2 times), missed 3, invented 1": the most frequent first.
std::string faults_text(const std::vector<Step>& steps);

// One failure. `number` counts them from 0.
std::string entry_html(int number, const Miss& miss, const Reading* reading, const PageImages& images);

// The whole page. Begins with kPageMark, by which a later run knows it.
std::string page_html(const Subject& subject, const Statistics& statistics, const std::vector<std::string>& entries);
inline constexpr const char* kPageMark = "<!DOCTYPE html>\n<!-- analyze evaluate: failures -->\n";

}  // namespace chiffre::evaluation
