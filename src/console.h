// console.h -- what analyze does with its standard streams and with signals. Results have a file of their own
// (results.h).
#pragma once

#include <string>

namespace chiffre {

// SIGINT and SIGTERM are noted, the second one ends the program at once. SIGPIPE is ignored: a closed pipe is an error
// of write(), which has a message and an exit status.
void stop_politely_on_signals();

// The signal that asked us to stop; 0: none.
int stop_signal();

// Where a standard stream is closed, the next file that is opened would take its number, and results would go into it.
// Each is held by /dev/null, opened so that using it for its purpose still fails.
void hold_standard_streams();

// To standard error. Where that fails, nobody is left to tell.
void talk(const std::string& text);

// One line on standard error. Control characters, which a file name may hold, would break the line or the terminal.
void say(std::string message);

}  // namespace chiffre
