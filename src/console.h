// console.h -- what analyze does with its standard streams and with signals. Results have a file of their own
// (results.h).
#pragma once

#include <string>

namespace chiffre {

// SIGINT and SIGTERM are noted, the second one ends the program at once. SIGPIPE and SIGXFSZ are ignored: a closed pipe
// and a file as large as it may be are errors of write(), which have a message and an exit status.
void stop_politely_on_signals();

// The signal that asked us to stop; 0: none.
int stop_signal();

// Can be read from then on: for poll(2), by which any thread that waits for a pipe learns of it. -1: see above, not
// asked for.
int stop_descriptor();

// Where a standard stream is closed, the next file that is opened would take its number, and results would go into it.
// Each is held by /dev/null, opened so that using it for its purpose still fails.
void hold_standard_streams();

// To standard error, from any thread. Where that fails, nobody is left to tell.
void talk(const std::string& text);

// One line on standard error. Control characters, which a file name may hold, would break the line or the terminal.
void say(std::string message);

// A line on a terminal that stays the last one: it is drawn again below what is said, and in place of the one before.
// Empty: none any more.
void show_status(const std::string& line);

}  // namespace chiffre
