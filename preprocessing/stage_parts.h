// stage_parts.h -- parts of the front end that can be left out, so that a measurement shows what each is worth. Outside
// of measurements all are on.
#pragma once

namespace chiffre {

struct StageParts {
    // binarize
    bool polarity = true;        // else ink is always taken to be the darker
    bool sheets = true;          // what lies beside a sheet is no ink
    bool stroke_windows = true;  // windows follow the strokes' width; else the picture's size alone
    bool noise_floor = true;     // the least depth of ink follows noise and the strongest ink; else the paper's light
    bool smoothing = true;       // of grainy paper
    bool light_text = true;      // over a page of dark ink is found
    // segment
    bool lines = true;         // are removed
    bool free_writing = true;  // judges what touches the border, and hairlines; else their shape does alone
    bool joins = true;         // of broken strokes and segments
    bool cuts = true;          // of what may be several digits
    // order
    bool slope = true;      // of the page leads short chains; else they are level
    bool row_sizes = true;  // rows of digits much smaller than the page's
    bool unions = true;     // of neighbouring marks
    // normalize
    bool thickening = true;  // of fine strokes
};

}  // namespace chiffre
