// console.cpp -- system calls behind console.h.
#include "console.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace chiffre {

// A handler can do no more than set it.
static volatile std::sig_atomic_t noted_signal = 0;

void stop_politely_on_signals() {
    struct sigaction action {};
    action.sa_handler = [](int signal) { noted_signal = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // asked a second time, we end at once
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

int stop_signal() {
    return noted_signal;
}

void hold_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void talk(const std::string& text) {
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

void say(std::string message) {
    for (char& c : message)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    talk("analyze: " + message + "\n");
}

}  // namespace chiffre
