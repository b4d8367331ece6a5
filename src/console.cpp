// console.cpp -- system calls behind console.h.
#include "console.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <mutex>

namespace chiffre {

// A handler can do no more than set it.
static volatile std::sig_atomic_t noted_signal = 0;
static int stop_pipe[2] = {-1, -1};  // the handler writes a byte

void stop_politely_on_signals() {
    struct sigaction action {};
    if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) stop_pipe[0] = stop_pipe[1] = -1;
    action.sa_handler = [](int signal) {
        const int reason = errno;
        noted_signal = signal;
        [[maybe_unused]] const ssize_t written = write(stop_pipe[1], "", 1);
        errno = reason;
    };
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // asked a second time, we end at once
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

int stop_descriptor() {
    return stop_pipe[0];
}

int stop_signal() {
    return noted_signal;
}

void hold_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

// Whoever writes to standard error holds it. The status line is that of the one terminal behind it.
static std::mutex stderr_mutex;
static std::string status_line;

static void put(const std::string& text) {
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

static constexpr const char* kEraseLine = "\r\x1b[K";

void talk(const std::string& text) {
    const std::lock_guard lock(stderr_mutex);
    put(status_line.empty() ? text : kEraseLine + text + status_line);
}

void show_status(const std::string& line) {
    const std::lock_guard lock(stderr_mutex);
    if (line == status_line) return;
    put(kEraseLine + line);
    status_line = line;
}

void say(std::string message) {
    for (char& c : message)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    talk("analyze: " + message + "\n");
}

}  // namespace chiffre
